using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Http;

/// <summary>Small questions to a provider that are no request of a client: which models it has, what it knows about one.</summary>
internal static class UpstreamQuery
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    /// <summary>Asks and reads the answer, a JSON document, within 5 seconds. Null as error when it could be read.</summary>
    public static async ValueTask<(T? Result, GatewayError? Error)> AskAsync<T>(
        UpstreamClient client, HttpMethod method, string path, HttpContent? content, Func<JsonElement, T?> read, CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(Bound, client.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, bound.Token);
        using var deadline = client.StartCall(streamed: false, linked.Token);
        var (response, error) = await client.SendAsync(method, path, content, deadline);
        if (response is null)
        {
            return (default, Explain(error!, client, path, bound));
        }

        using (response)
        {
            (var body, error) = await UpstreamBody.ReadAsync(client, response, deadline);
            using (body)
            {
                return body is null ? (default, Explain(error!, client, path, bound)) : Read(body.Written, client, path, read);
            }
        }
    }

    private static (T? Result, GatewayError? Error) Read<T>(ReadOnlyMemory<byte> body, UpstreamClient client, string path, Func<JsonElement, T?> read)
    {
        try
        {
            using var document = JsonDocument.Parse(body, JsonText.DocumentOptions);
            return (read(document.RootElement), null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return (default, UpstreamFailure.Invalid(client.Provider, $"a malformed answer to /{path}"));
        }
    }

    private static GatewayError Explain(GatewayError error, UpstreamClient client, string path, CancellationTokenSource bound) => bound.IsCancellationRequested
        ? new GatewayError(
            GatewayErrorCode.UpstreamTimeout, FormattableString.Invariant($"Provider '{client.Provider}' did not answer /{path} within {Bound.TotalSeconds} s."))
        : ProviderWords.Withhold(error);
}
