using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Anthropic;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Providers.Tests.Anthropic;

/// <summary>A provider of the Anthropic dialect whose upstream plays scripts.</summary>
public abstract partial class AnthropicFixture : IAsyncLifetime
{
    protected const string EventStream = "text/event-stream";

    /// <summary>A short answer.</summary>
    protected const string Hello =
        """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}""";

    protected const string MessageStart =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\",\"stop_reason\":null,\"stop_sequence\":null,"
        + "\"usage\":{\"input_tokens\":20,\"cache_creation_input_tokens\":300,\"cache_read_input_tokens\":4000,\"output_tokens\":1}}}\n\n";

    protected const string MessageStop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    protected const string Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

    protected ScriptedServer Server { get; } = new();

    protected ManualTimeProvider Time { get; } = new();

    protected ProviderOptions Options { get; } = new() { ApiKey = "sk-ant-1" };

    protected IModelProvider Provider { get; private set; } = null!;

    public virtual Task InitializeAsync()
    {
        Start();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>Makes the provider anew from the options.</summary>
    protected void Start()
    {
        Options.BaseUrl = Server.BaseUrl;
        Provider = new AnthropicProviderFactory(Time, NullLoggerFactory.Instance).Create("claude", Options);
    }

    /// <summary>Sends a chat and returns what the server got.</summary>
    protected async Task<string> SentAsync(string request, string? upstreamModel = null)
    {
        Server.Then(Hello);
        await Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(request, upstreamModel)));
        return Server.Requests[^1].Text;
    }

    /// <summary>Sends a chat of one message with further fields, and returns one field of what the server got; null when it is not there.</summary>
    protected async Task<string?> SentFieldAsync(string fields, string name) =>
        JsonNode.Parse(await SentAsync(Ask(fields)))![name]?.ToJsonString();

    /// <summary>Sends messages and returns those that the server got.</summary>
    protected async Task<string> SentMessagesAsync(string messages) =>
        SplitMessages(await SentAsync($$"""{"model":"m","messages":[{{messages}}]}"""));

    protected Task<GatewayError> RefusedAsync(string request) => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(request)));

    protected static string Ask(string fields = "") => $$"""{"model":"m","messages":[{"role":"user","content":"x"}]{{(fields.Length > 0 ? "," : "")}}{{fields}}}""";

    protected static string AskStream(string fields = "") => Ask("\"stream\":true" + (fields.Length > 0 ? "," : "") + fields);

    /// <summary>Streams the events as the answer to a chat.</summary>
    internal Task<ReadStream> StreamAsync(string request, params string[] events)
    {
        Server.ThenStream(EventStream, events);
        return Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(request)));
    }

    /// <summary>The text with the id that is made up for each answer, and times, replaced; there must be one id only.</summary>
    protected string Normal(IEnumerable<string> documents)
    {
        var text = string.Join('\n', documents);
        Assert.Single(AnswerId().Matches(text).Select(m => m.Value).Distinct());
        return AnswerId().Replace(text, "ID").Replace($"\"created\":{Time.GetUtcNow().ToUnixTimeSeconds()}", "\"created\":T", StringComparison.Ordinal);
    }

    protected static string BlockStart(int index, string block) =>
        $$"""event: content_block_start{{"\n"}}data: {"type":"content_block_start","index":{{index}},"content_block":{{block}}}""" + "\n\n";

    protected static string Delta(int index, string delta) =>
        $$"""event: content_block_delta{{"\n"}}data: {"type":"content_block_delta","index":{{index}},"delta":{{delta}}}""" + "\n\n";

    protected static string BlockStop(int index) => $$"""event: content_block_stop{{"\n"}}data: {"type":"content_block_stop","index":{{index}}}""" + "\n\n";

    protected static string MessageDelta(string reason, string usage = "\"output_tokens\":15") =>
        $$$"""event: message_delta{{{"\n"}}}data: {"type":"message_delta","delta":{"stop_reason":"{{{reason}}}","stop_sequence":null},"usage":{{{{usage}}}}}""" + "\n\n";

    /// <summary>A text block, one delta for each piece.</summary>
    protected static string TextBlock(int index, params string[] pieces) =>
        BlockStart(index, """{"type":"text","text":""}""")
        + string.Concat(pieces.Select(p => Delta(index, $$"""{"type":"text_delta","text":"{{p}}"}"""))) + BlockStop(index);

    private static string SplitMessages(string body)
    {
        const string Begin = "\"max_tokens\":4096,";
        return body[(body.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..^1];
    }

    [GeneratedRegex("chatcmpl-[0-9a-f]{32}")]
    private static partial Regex AnswerId();
}
