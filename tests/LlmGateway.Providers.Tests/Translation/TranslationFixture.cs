using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Translation;

/// <summary>A provider of a dialect that is translated, whose upstream plays scripts.</summary>
/// <param name="streamType">Media type of the dialect's streams.</param>
/// <param name="whole">A short answer of the dialect.</param>
public abstract partial class TranslationFixture(string streamType, string whole) : IAsyncLifetime
{
    protected ScriptedServer Server { get; } = new();

    protected ManualTimeProvider Time { get; } = new();

    protected ProviderOptions Options { get; } = new();

    protected IModelProvider Provider { get; set; } = null!;

    public abstract Task InitializeAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>Sends a chat and returns what the server got.</summary>
    protected async Task<string> SentAsync(string request, string? upstreamModel = null)
    {
        Server.Then(whole);
        await Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(request, upstreamModel)));
        return Server.Requests[^1].Text;
    }

    /// <summary>Sends a chat of one message with further fields, and returns one field of what the server got; null when it is not there.</summary>
    protected async Task<string?> SentFieldAsync(string fields, string name) =>
        JsonNode.Parse(await SentAsync(Ask(fields)))![name]?.ToJsonString();

    protected static string Ask(string fields = "") => $$"""{"model":"m","messages":[{"role":"user","content":"x"}]{{(fields.Length > 0 ? "," : "")}}{{fields}}}""";

    protected static string AskStream(string fields = "") => Ask("\"stream\":true" + (fields.Length > 0 ? "," : "") + fields);

    protected Task<GatewayError> RefusedAsync(string request) => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(request)));

    /// <summary>Streams the pieces as the answer to a chat.</summary>
    internal Task<ReadStream> StreamAsync(string request, params string[] pieces)
    {
        Server.ThenStream(streamType, pieces);
        return Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(request)));
    }

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
