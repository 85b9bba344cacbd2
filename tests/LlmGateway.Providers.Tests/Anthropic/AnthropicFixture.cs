using LlmGateway.Providers.Anthropic;
using LlmGateway.Providers.Tests.Translation;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Providers.Tests.Anthropic;

/// <summary>A provider of the Anthropic dialect whose upstream plays scripts.</summary>
public abstract class AnthropicFixture : TranslationFixture
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

    protected AnthropicFixture()
        : base(EventStream, Hello) => Options.ApiKey = "sk-ant-1";

    public override Task InitializeAsync()
    {
        Start();
        return Task.CompletedTask;
    }

    /// <summary>Makes the provider anew from the options.</summary>
    protected void Start()
    {
        Options.BaseUrl = Server.BaseUrl;
        Provider = new AnthropicProviderFactory(Time, NullLoggerFactory.Instance).Create("claude", Options);
    }

    /// <summary>Sends messages and returns those that the server got.</summary>
    protected async Task<string> SentMessagesAsync(string messages) =>
        SplitMessages(await SentAsync($$"""{"model":"m","messages":[{{messages}}]}"""));

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
}
