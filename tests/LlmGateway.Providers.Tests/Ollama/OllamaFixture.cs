using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Ollama;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Providers.Tests.Ollama;

/// <summary>A provider of the Ollama dialect whose upstream plays scripts.</summary>
public abstract partial class OllamaFixture : IAsyncLifetime
{
    protected const string Lines = "application/x-ndjson";

    /// <summary>The last line of a stream, with counts and durations.</summary>
    protected const string DoneLine =
        """{"model":"m","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":5043500667,"load_duration":5025959,"prompt_eval_count":26,"prompt_eval_duration":325953000,"eval_count":290,"eval_duration":4709213000}""" + "\n";

    /// <summary>What those become.</summary>
    protected const string Metrics =
        "\"usage\":{\"prompt_tokens\":26,\"completion_tokens\":290,\"total_tokens\":316},"
        + "\"timings\":{\"prompt_n\":26,\"prompt_ms\":325.953,\"predicted_n\":290,\"predicted_ms\":4709.213,\"load_ms\":5.026,\"total_ms\":5043.501}";

    protected ScriptedServer Server { get; } = new();

    protected ManualTimeProvider Time { get; } = new();

    protected ProviderOptions Options { get; } = new();

    protected IModelProvider Provider { get; private set; } = null!;

    public virtual Task InitializeAsync() => StartAsync("0.33.0");

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>Makes the provider anew, and lets it find a server of this version.</summary>
    protected async Task StartAsync(string? version)
    {
        Options.BaseUrl = Server.BaseUrl;
        Provider = new OllamaProviderFactory(Time, NullLoggerFactory.Instance).Create("local", Options);
        if (version is not null)
        {
            Server.On("/api/version", $$"""{"version":"{{version}}"}""");
            Assert.Null(await Provider.ProbeAsync(CancellationToken.None));
        }
    }

    /// <summary>Sends a chat and returns what Ollama got.</summary>
    protected async Task<string> SentAsync(string request, string? upstreamModel = null)
    {
        Server.Then(DoneLine.TrimEnd());
        await Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(request, upstreamModel)));
        return Server.Requests[^1].Text;
    }

    /// <summary>Sends a chat of one message with further fields, and returns one field of what Ollama got; null when it is not there.</summary>
    protected async Task<string?> SentFieldAsync(string fields, string name) =>
        JsonNode.Parse(await SentAsync(Ask(fields)))![name]?.ToJsonString();

    protected static string Ask(string fields = "") => $$"""{"model":"m","messages":[{"role":"user","content":"x"}]{{(fields.Length > 0 ? "," : "")}}{{fields}}}""";

    protected static string AskStream(string fields = "") => Ask("\"stream\":true" + (fields.Length > 0 ? "," : "") + fields);

    /// <summary>Streams the lines as the answer to a chat.</summary>
    internal Task<ReadStream> StreamAsync(string request, params string[] lines)
    {
        Server.ThenStream(Lines, lines);
        return Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(request)));
    }

    /// <summary>The text with the id that is made up for each answer, and times, replaced; there must be one id only.</summary>
    protected string Normal(IEnumerable<string> documents)
    {
        var text = string.Join('\n', documents);
        Assert.Single(AnswerId().Matches(text).Select(m => m.Value).Distinct());
        return AnswerId().Replace(text, "ID").Replace($"\"created\":{Time.GetUtcNow().ToUnixTimeSeconds()}", "\"created\":T", StringComparison.Ordinal);
    }

    protected static string Line(string message) => $$"""{"model":"m","created_at":"2026-01-02T03:04:05.1Z","message":{"role":"assistant",{{message}}},"done":false}""" + "\n";

    [GeneratedRegex("(chatcmpl|cmpl)-[0-9a-f]{32}")]
    private static partial Regex AnswerId();
}
