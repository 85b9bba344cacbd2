using System.Globalization;
using System.Text.Json.Nodes;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.Tests.Translation;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.Providers.Tests.Bedrock;

/// <summary>A provider of the Bedrock dialect whose upstream plays scripts.</summary>
public abstract class BedrockFixture : TranslationFixture
{
    protected const string EventStreamType = "application/vnd.amazon.eventstream";

    protected const string Model = "anthropic.claude-3-sonnet-20240229-v1:0";

    /// <summary>A short answer.</summary>
    protected const string Hello =
        """{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":"x"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":5,"outputTokens":1,"totalTokens":6}}""";

    /// <summary>AWS's variables.</summary>
    protected Dictionary<string, string?> Variables { get; } = new() { ["HOME"] = "/nonexistent", ["AWS_EC2_METADATA_DISABLED"] = "true" };

    protected BedrockFixture()
        : base(EventStreamType, Hello, Model) =>
        Options.Aws = new AwsOptions { Region = "eu-central-1", AccessKeyId = "AKIDEXAMPLE", SecretAccessKey = "secret" };

    public override Task InitializeAsync()
    {
        Start();
        return Task.CompletedTask;
    }

    /// <summary>Makes the provider anew from the options and variables.</summary>
    protected void Start()
    {
        Options.BaseUrl = Server.BaseUrl;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Variables).Build();
        Provider = new BedrockProviderFactory(Time, configuration).Create("aws", Options);
    }

    /// <summary>Sends messages and returns those that the server got.</summary>
    protected async Task<string> SentMessagesAsync(string messages) =>
        JsonNode.Parse(await SentAsync($$"""{"model":"m","messages":[{{messages}}]}"""))!["messages"]!.ToJsonString(Relaxed);

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
}
