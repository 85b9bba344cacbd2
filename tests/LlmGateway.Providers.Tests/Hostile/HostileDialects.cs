using System.Text;
using System.Text.Json;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Anthropic;
using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Ollama;
using LlmGateway.Providers.OpenAI;
using LlmGateway.Providers.Tests.Bedrock;
using LlmGateway.Providers.Tests.Corruption;

namespace LlmGateway.Providers.Tests.Hostile;

internal sealed class OpenAIDialect(OpenAIProfile profile) : HostileDialect
{
    public override string StreamType => "text/event-stream";

    public override string GoodReason => "stop";

    public override bool KnowsItsReasons => false;

    public override IModelProvider Make(HostileTransport transport) => new OpenAIProvider(
        new UpstreamClient("up", new ProviderOptions { BaseUrl = "http://localhost:9/v1" }, TimeProvider.System, [], null, profile.Words, transport), profile);

    public override string Whole(string text, string reason, string usage) =>
        $$"""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":{{text}}},"finish_reason":{{reason}}}],"usage":{{usage}}}""";

    public override string Usage(string prompt, string completion) => $$"""{"prompt_tokens":{{prompt}},"completion_tokens":{{completion}}}""";

    public override HostileUnit[] Stream(string[] texts, string reason, string usage) =>
    [
        .. texts.Select(t => Unit($$"""{"id":"c","choices":[{"index":0,"delta":{"content":{{t}}},"finish_reason":null}]}""")),
        Unit($$"""{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":{{reason}}}]}"""), Unit($$"""{"id":"c","choices":[],"usage":{{usage}}}"""), Unit("[DONE]"),
    ];

    public override string? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !IsNothing(root, "error") || !root.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0)
        {
            return null;
        }

        foreach (var choice in choices.EnumerateArray())
        {
            if (!IsText(choice, "finish_reason", out var reason) || !reason.Any(char.IsLetterOrDigit) || reason is "null"
                || !choice.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.Object)
            {
                return null;
            }
        }

        return choices[0].GetProperty("message").TryGetProperty("content", out var content) ? content.ToString() : "";
    }

    public override string? ReadStream(IReadOnlyList<HostileUnit> units) => ReferenceReaders.Read(Wire.OpenAI, Encode(units))?.Text;

    private static HostileUnit Unit(string json) => new("data: ", json);
}

internal sealed class AnthropicDialect : HostileDialect
{
    public override string StreamType => "text/event-stream";

    public override string GoodReason => "end_turn";

    public override IModelProvider Make(HostileTransport transport)
    {
        var options = new ProviderOptions { BaseUrl = "http://localhost:9" };
        return new AnthropicProvider(new UpstreamClient("up", options, TimeProvider.System, [], null, AnthropicErrors.Words, transport), options);
    }

    public override string Whole(string text, string reason, string usage) =>
        $$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":{{text}}}],"stop_reason":{{reason}},"stop_sequence":null,"usage":{{usage}}}""";

    public override string Usage(string prompt, string completion) => $$"""{"input_tokens":{{prompt}},"output_tokens":{{completion}}}""";

    public override HostileUnit[] Stream(string[] texts, string reason, string usage) =>
    [
        Unit("""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}"""),
        Unit("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
        .. texts.Select(t => Unit($$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":{{{t}}}}}""")),
        Unit("""{"type":"content_block_stop","index":0}"""), Unit($$"""{"type":"message_delta","delta":{"stop_reason":{{reason}}},"usage":{{usage}}}"""), Unit("""{"type":"message_stop"}"""),
    ];

    public override string? Read(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && IsNothing(root, "error") && IsText(root, "stop_reason", out var reason)
        && reason is "end_turn" or "stop_sequence" or "tool_use" or "max_tokens" or "model_context_window_exceeded" or "pause_turn" or "refusal"
        && root.TryGetProperty("content", out var content)
            ? Join(content, b => IsText(b, "text", out var text) ? text : null)
            : null;

    public override string? ReadStream(IReadOnlyList<HostileUnit> units) => ReferenceReaders.Read(Wire.Anthropic, Encode(units))?.Text;

    private static HostileUnit Unit(string json) => new("event: x\ndata: ", json);
}

internal sealed class OllamaDialect : HostileDialect
{
    public override string StreamType => "application/x-ndjson";

    public override string GoodReason => "stop";

    public override IModelProvider Make(HostileTransport transport)
    {
        // A version that refuses prompts which are too long, so that nothing else is asked for and no count is taken for a sign of one.
        var options = new ProviderOptions { BaseUrl = "http://localhost:9" };
        var provider = new OllamaProvider(new UpstreamClient("up", options, TimeProvider.System, [], null, null, transport), options);
        transport.Next = (System.Net.HttpStatusCode.OK, "application/json", Encoding.UTF8.GetBytes("""{"version":"0.33.0"}"""), false);
        Assert.True(provider.ProbeAsync(CancellationToken.None) is { IsCompletedSuccessfully: true, Result: null });
        return provider;
    }

    public override string Whole(string text, string reason, string usage) =>
        $$"""{"model":"m","message":{"role":"assistant","content":{{text}}},"done":true,"done_reason":{{reason}},{{usage}}}""";

    public override string Usage(string prompt, string completion) => $"\"prompt_eval_count\":{prompt},\"eval_count\":{completion}";

    public override HostileUnit[] Stream(string[] texts, string reason, string usage) =>
    [
        .. texts.Select(t => new HostileUnit("", $$"""{"model":"m","message":{"role":"assistant","content":{{t}}},"done":false}""", "\n")),
        new HostileUnit("", Whole("\"\"", reason, usage), "\n"),
    ];

    public override string? Read(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && IsNothing(root, "error") && root.TryGetProperty("done", out var done) && done.ValueKind == JsonValueKind.True
        && (IsNothing(root, "done_reason") || (IsText(root, "done_reason", out var reason) && reason is "stop" or "length" or "tool_calls" or "content_filter" or ""))
        && root.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object
            ? IsText(message, "content", out var text) ? text : IsNothing(message, "content") ? "" : null
            : null;

    public override string? ReadStream(IReadOnlyList<HostileUnit> units) => ReferenceReaders.Read(Wire.Ollama, Encode(units))?.Text;
}

internal sealed class BedrockDialect : HostileDialect
{
    public override string Model => "anthropic.claude-3-sonnet-20240229-v1:0";

    public override string StreamType => "application/vnd.amazon.eventstream";

    public override string GoodReason => "end_turn";

    public override IModelProvider Make(HostileTransport transport)
    {
        var client = new UpstreamClient("up", new ProviderOptions { BaseUrl = "http://localhost:9" }, TimeProvider.System, [], null, null, transport) { Hooks = null };
        return new BedrockProvider(client, client);
    }

    public override string Whole(string text, string reason, string usage) =>
        $$$"""{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":{{{text}}}}],"role":"assistant"}},"stopReason":{{{reason}}},"usage":{{{usage}}}}""";

    public override string Usage(string prompt, string completion) => $$"""{"inputTokens":{{prompt}},"outputTokens":{{completion}}}""";

    public override HostileUnit[] Stream(string[] texts, string reason, string usage) =>
    [
        Unit("messageStart", """{"role":"assistant"}"""), .. texts.Select(t => Unit("contentBlockDelta", $$$"""{"contentBlockIndex":0,"delta":{"text":{{{t}}}}}""")),
        Unit("contentBlockStop", """{"contentBlockIndex":0}"""), Unit("messageStop", $$"""{"stopReason":{{reason}}}"""), Unit("metadata", $$"""{"usage":{{usage}}}"""),
    ];

    public override byte[] Encode(IEnumerable<HostileUnit> units) => [.. units.SelectMany(u => EventStreams.Event(u.Type, u.Json))];

    public override string? Read(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && IsText(root, "stopReason", out var reason) && IsKnown(reason)
        && root.TryGetProperty("output", out var output) && output.ValueKind == JsonValueKind.Object
        && output.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object && message.TryGetProperty("content", out var content)
            ? Join(content, b => IsText(b, "text", out var text) ? text : null)
            : null;

    /// <summary>The deltas between the beginning and a known reason, when every document is one.</summary>
    public override string? ReadStream(IReadOnlyList<HostileUnit> units)
    {
        var (text, begun, ended) = ("", false, false);
        foreach (var unit in units)
        {
            using var document = JsonDocument.Parse(unit.Json);
            var root = document.RootElement;
            switch (unit.Type)
            {
                case "messageStart":
                    begun = true;
                    break;
                case "contentBlockDelta":
                    text += !ended && root.TryGetProperty("delta", out var delta) && IsText(delta, "text", out var piece) ? piece : "";
                    break;
                case "messageStop":
                    ended |= begun && IsText(root, "stopReason", out var reason) && IsKnown(reason);
                    break;
            }
        }

        return ended ? text : null;
    }

    private static bool IsKnown(string reason) =>
        reason is "end_turn" or "stop_sequence" or "tool_use" or "max_tokens" or "model_context_window_exceeded" or "guardrail_intervened" or "content_filtered";

    private static HostileUnit Unit(string type, string json) => new("", json, "", type);
}
