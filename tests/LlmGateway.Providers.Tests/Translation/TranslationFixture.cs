using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Translation;

/// <summary>A provider of a dialect that is translated, whose upstream plays scripts.</summary>
/// <param name="streamType">Media type of the dialect's streams.</param>
/// <param name="whole">A short answer of the dialect.</param>
/// <param name="model">The model that is asked for unless a test says otherwise; null for the one that the request names.</param>
public abstract partial class TranslationFixture(string streamType, string whole, string? model = null) : IAsyncLifetime
{
    protected static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    protected ScriptedServer Server { get; } = new();

    protected ManualTimeProvider Time { get; } = new();

    protected ProviderOptions Options { get; } = new();

    protected IModelProvider Provider { get; set; } = null!;

    public abstract Task InitializeAsync();

    public virtual async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>Sends a chat and returns what the server got.</summary>
    protected async Task<string> SentAsync(string request, string? upstreamModel = null)
    {
        Server.Then(whole);
        await Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(request, upstreamModel ?? model)));
        return Server.Requests[^1].Text;
    }

    /// <summary>Sends a chat of one message with further fields, and returns one field of what the server got; null when it is not there.</summary>
    protected async Task<string?> SentFieldAsync(string fields, string name, string? upstreamModel = null) =>
        JsonNode.Parse(await SentAsync(Ask(fields), upstreamModel))![name]?.ToJsonString(Relaxed);

    protected static string Ask(string fields = "") => $$"""{"model":"m","messages":[{"role":"user","content":"x"}]{{(fields.Length > 0 ? "," : "")}}{{fields}}}""";

    protected static string AskStream(string fields = "") => Ask("\"stream\":true" + (fields.Length > 0 ? "," : "") + fields);

    protected Task<GatewayError> RefusedAsync(string request, string? upstreamModel = null) =>
        Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(request, upstreamModel ?? model)));

    /// <summary>Streams the pieces as the answer to a chat.</summary>
    internal Task<ReadStream> StreamAsync(string request, params string[] pieces)
    {
        Server.ThenStream(streamType, pieces);
        return Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(request, model)));
    }

    /// <summary>Answers the next request with the beginning of a stream and nothing more; the task ends when the call does.</summary>
    /// <param name="beginning">As it goes over the wire.</param>
    /// <param name="sent">Ends when the beginning has been sent.</param>
    protected Task ThenStall(ReadOnlyMemory<byte> beginning, TaskCompletionSource? sent = null)
    {
        var left = new TaskCompletionSource();
        Server.Then(async c =>
        {
            await c.SendHeadAsync(streamType);
            await c.SendChunkAsync(beginning);
            sent?.SetResult();
            await c.StallAsync();
            left.SetResult();
        });
        return left.Task;
    }

    protected Task ThenStall(string beginning, TaskCompletionSource? sent = null) => ThenStall(Encoding.UTF8.GetBytes(beginning), sent);

    /// <summary>Opens a stream that stalls after its first chunks, at a provider that waits for 5 seconds, and lets that time go by.</summary>
    protected async Task AssertStallFailsAsync()
    {
        await using var stream = await OpenAsync();
        while (stream.TryRead(out _))
        {
        }

        var waiting = stream.WaitAsync().AsTask();
        Time.Advance(TimeSpan.FromSeconds(5.1));

        Assert.Equal(StreamState.Failed, await waiting.WaitAsync(TestTimeouts.Default));
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, stream.Error?.Code);
    }

    /// <summary>Opens a stream as a client that leaves then.</summary>
    protected async Task OpenAndLeaveAsync()
    {
        using var client = new CancellationTokenSource();
        await using var stream = await OpenAsync(client.Token);
        await client.CancelAsync();
    }

    private Task<StreamAnswer> OpenAsync(CancellationToken aborted = default) =>
        Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(AskStream(), model, aborted)));

    /// <summary>The text with the id that is made up for each answer, and times, replaced; there must be one id only.</summary>
    protected string Normal(IEnumerable<string> documents)
    {
        var text = string.Join('\n', documents);
        Assert.Single(AnswerId().Matches(text).Select(m => m.Value).Distinct());
        return AnswerId().Replace(text, "ID").Replace($"\"created\":{Time.GetUtcNow().ToUnixTimeSeconds()}", "\"created\":T", StringComparison.Ordinal);
    }

    [GeneratedRegex("(chatcmpl|cmpl)-[0-9a-f]{32}")]
    private static partial Regex AnswerId();
}
