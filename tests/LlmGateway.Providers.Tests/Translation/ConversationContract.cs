using System.Text.Json.Nodes;
using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Tests.Translation;

/// <summary>A conversation that began with other providers, at an API that takes less.</summary>
internal static class ConversationContract
{
    public const string ForeignHistory =
        """
        {"role":"user","content":"look"},
        {"role":"assistant","content":" \n\t","tool_calls":[{"id":"functions.Bash:0","type":"function","function":{"name":"bash","arguments":"{}"}},{"id":"","type":"function","function":{"name":"read","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"functions.Bash:0","content":"one"},
        {"role":"tool","tool_call_id":"","content":"two"},
        {"role":"assistant","content":"\u00a0 \u2003"},
        {"role":"user","content":[{"type":"text","text":" "},{"type":"text","text":"thanks"}]}
        """;

    public const string BadName = """{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"functions.Bash","parameters":{"type":"object"}}}]}""";

    public const string BadSchema = """{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","oneOf":[{"required":["a"]}]}}}]}""";

    /// <summary>Blank turns and texts are gone, and the ids of calls and results are good and belong together.</summary>
    /// <param name="messages">As they were sent.</param>
    /// <param name="call">Reads the id of a block that is a call; null for another.</param>
    /// <param name="result">The same for results.</param>
    public static void AssertGood(JsonArray messages, Func<JsonNode, string?> call, Func<JsonNode, string?> result)
    {
        Assert.Equal(["user", "assistant", "user"], messages.Select(m => (string)m!["role"]!));
        JsonNode[] blocks = [.. messages.SelectMany(m => m!["content"]!.AsArray()).OfType<JsonNode>()];
        var calls = blocks.Select(call).OfType<string>().ToArray();
        Assert.Equal(2, calls.Distinct().Count());
        Assert.All(calls, id => Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", id));
        Assert.Equal(calls, blocks.Select(result).OfType<string>());
        Assert.Equal(["look", "thanks"], blocks.Where(b => call(b) is null && result(b) is null).Select(b => (string)b["text"]!));
    }

    public static void AssertLeadsOn(GatewayError error) => Assert.Equal(GatewayErrorCode.UnsupportedOperation, error.Code);
}
