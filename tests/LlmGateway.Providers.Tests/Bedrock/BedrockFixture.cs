using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Bedrock;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.Providers.Tests.Bedrock;

/// <summary>A provider of the Bedrock dialect whose upstream plays scripts.</summary>
public abstract partial class BedrockFixture : IAsyncLifetime
{
    protected const string EventStreamType = "application/vnd.amazon.eventstream";

    protected const string Model = "anthropic.claude-3-sonnet-20240229-v1:0";

    /// <summary>A short answer.</summary>
    protected const string Hello =
        """{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":"x"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":5,"outputTokens":1,"totalTokens":6}}""";

    protected ScriptedServer Server { get; } = new();

    protected ManualTimeProvider Time { get; } = new();

    protected ProviderOptions Options { get; } = new()
    {
        Aws = new AwsOptions { Region = "eu-central-1", AccessKeyId = "AKIDEXAMPLE", SecretAccessKey = "secret" },
    };

    protected IModelProvider Provider { get; private set; } = null!;

    /// <summary>AWS's variables.</summary>
    protected Dictionary<string, string?> Variables { get; } = new() { ["HOME"] = "/nonexistent", ["AWS_EC2_METADATA_DISABLED"] = "true" };

    public virtual Task InitializeAsync()
    {
        Start();
        return Task.CompletedTask;
    }

    public virtual async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>Makes the provider anew from the options and variables.</summary>
    protected void Start()
    {
        Options.BaseUrl = Server.BaseUrl;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Variables).Build();
        Provider = new BedrockProviderFactory(Time, configuration).Create("aws", Options);
    }

    /// <summary>Sends a chat and returns what the server got.</summary>
    protected async Task<string> SentAsync(string request, string upstreamModel = Model)
    {
        Server.Then(Hello);
        await Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(request, upstreamModel)));
        return Server.Requests[^1].Text;
    }

    /// <summary>Sends a chat of one message with further fields, and returns one field of what the server got; null when it is not there.</summary>
    protected async Task<string?> SentFieldAsync(string fields, string name, string upstreamModel = Model) =>
        JsonNode.Parse(await SentAsync(Ask(fields), upstreamModel))![name]?.ToJsonString(Relaxed);

    /// <summary>Sends messages and returns those that the server got.</summary>
    protected async Task<string> SentMessagesAsync(string messages) =>
        JsonNode.Parse(await SentAsync($$"""{"model":"m","messages":[{{messages}}]}"""))!["messages"]!.ToJsonString(Relaxed);

    protected Task<GatewayError> RefusedAsync(string request, string upstreamModel = Model) =>
        Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(request, upstreamModel)));

    protected static string Ask(string fields = "") => $$"""{"model":"m","messages":[{"role":"user","content":"x"}]{{(fields.Length > 0 ? "," : "")}}{{fields}}}""";

    protected static string AskStream(string fields = "") => Ask("\"stream\":true" + (fields.Length > 0 ? "," : "") + fields);

    /// <summary>Streams the messages as the answer to a chat.</summary>
    internal Task<ReadStream> StreamAsync(string request, params byte[][] messages)
    {
        ThenStream(messages);
        return Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(request, Model)));
    }

    /// <summary>Answers the next request with a stream, each message an HTTP chunk of its own.</summary>
    protected void ThenStream(params byte[][] messages) => Server.Then(async c =>
    {
        await c.SendHeadAsync(EventStreamType);
        foreach (var message in messages)
        {
            await c.SendChunkAsync(message);
        }

        await c.EndAsync();
    });

    /// <summary>The text with the id that is made up for each answer, and times, replaced; there must be one id only.</summary>
    protected string Normal(IEnumerable<string> documents)
    {
        var text = string.Join('\n', documents);
        Assert.Single(AnswerId().Matches(text).Select(m => m.Value).Distinct());
        return AnswerId().Replace(text, "ID").Replace($"\"created\":{Time.GetUtcNow().ToUnixTimeSeconds()}", "\"created\":T", StringComparison.Ordinal);
    }

    protected static byte[] MessageStart { get; } = EventStreams.Event("messageStart", """{"p":"abcd","role":"assistant"}""");

    protected static byte[] Metadata { get; } = EventStreams.Event(
        "metadata",
        """{"metrics":{"latencyMs":10},"p":"ab","usage":{"inputTokens":20,"outputTokens":15,"totalTokens":4335,"cacheReadInputTokens":4000,"cacheWriteInputTokens":300}}""");

    protected static byte[] MessageStop(string reason) => EventStreams.Event("messageStop", $$"""{"p":"abc","stopReason":"{{reason}}"}""");

    protected static byte[] Delta(int index, string delta) =>
        EventStreams.Event("contentBlockDelta", string.Create(CultureInfo.InvariantCulture, $$"""{"contentBlockIndex":{{index}},"delta":{{delta}},"p":"abcdefgh"}"""));

    protected static byte[] BlockStart(int index, string start) =>
        EventStreams.Event("contentBlockStart", string.Create(CultureInfo.InvariantCulture, $$"""{"contentBlockIndex":{{index}},"p":"a","start":{{start}}}"""));

    protected static byte[] BlockStop(int index) =>
        EventStreams.Event("contentBlockStop", string.Create(CultureInfo.InvariantCulture, $$"""{"contentBlockIndex":{{index}},"p":"ab"}"""));

    /// <summary>A text block, one delta for each piece.</summary>
    protected static byte[] TextBlock(int index, params string[] pieces) =>
        [.. pieces.SelectMany(p => Delta(index, $$"""{"text":"{{p}}"}""")), .. BlockStop(index)];

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [GeneratedRegex("chatcmpl-[0-9a-f]{32}")]
    private static partial Regex AnswerId();
}
