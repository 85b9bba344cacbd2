using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace LlmGateway.AppHost.Commands;

/// <summary>What commands ask of the running api, with the key of the person at the keyboard.</summary>
internal sealed class GatewayApi(EndpointReference endpoint, ParameterResource key)
{
    /// <summary>A model may have to be loaded first.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    /// <summary>
    /// For as long as the AppHost; addresses of this machine do not change. Without the dashboard's <c>traceparent</c>, which it shares
    /// between commands: each request is a trace of its own.
    /// </summary>
    private static readonly HttpClient Client = new(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { Timeout = Timeout };

    /// <summary>The answer, or what the api says is wrong.</summary>
    public async Task<(JsonElement? Answer, string? Error)> SendAsync(
        HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(new Uri(endpoint.Url), path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await key.GetValueAsync(cancellationToken));
        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        try
        {
            using var response = await Client.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode
                ? (JsonSerializer.Deserialize<JsonElement>(text), null)
                : (null, $"{path} answered {(int)response.StatusCode}: {Message(text)}");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            return (null, $"{path}: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"{path} did not answer within {Timeout}.");
        }
    }

    /// <summary>The message of an OpenAI error object or of problem details; another body as it is.</summary>
    private static string Message(string body)
    {
        try
        {
            var document = JsonSerializer.Deserialize<JsonElement>(body);
            if (document.ValueKind == JsonValueKind.Object)
            {
                if (document.TryGetProperty("error", out var error) && error.TryGetProperty("message", out var message))
                {
                    return message.GetString() ?? body;
                }

                if (document.TryGetProperty("detail", out var detail))
                {
                    return detail.GetString() ?? body;
                }
            }
        }
        catch (JsonException)
        {
            // Not the gateway's own words.
        }

        return body;
    }
}
