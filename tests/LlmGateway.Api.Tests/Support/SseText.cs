using System.Text.Json;

namespace LlmGateway.Api.Tests.Support;

/// <summary>An event stream, taken apart as strictly as its grammar is.</summary>
internal sealed class SseText
{
    private SseText(IReadOnlyList<string> events, IReadOnlyList<string> comments, string rest)
    {
        Events = events;
        Comments = comments;
        Rest = rest;
    }

    /// <summary>Data of each event, the terminator included.</summary>
    public IReadOnlyList<string> Events { get; }

    public IReadOnlyList<string> Comments { get; }

    /// <summary>What follows the last empty line.</summary>
    public string Rest { get; }

    public bool IsDone => Events.Count > 0 && Events[^1] == "[DONE]";

    /// <summary>The chunks, without terminator and error.</summary>
    public IEnumerable<JsonElement> Chunks => Events.Where(e => e != "[DONE]").Select(Json.Parse).Where(c => !c.TryGetProperty("error", out _));

    /// <summary>The error that ended the stream.</summary>
    public JsonElement? Error => Events.Count > 0 && Events[^1] != "[DONE]" && Json.Parse(Events[^1]).TryGetProperty("error", out var error) ? error : null;

    /// <summary>The content of one choice, joined.</summary>
    public string Content(int index = 0) => string.Concat(Chunks
        .SelectMany(c => c.GetProperty("choices").EnumerateArray())
        .Where(c => c.GetProperty("index").GetInt32() == index && c.GetProperty("delta").TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String)
        .Select(c => c.GetProperty("delta").GetProperty("content").GetString()));

    /// <summary>Every block must be one <c>data:</c> line or one comment: that is all the gateway sends.</summary>
    public static SseText Parse(string text)
    {
        var blocks = text.Split("\n\n");
        var events = new List<string>();
        var comments = new List<string>();
        foreach (var block in blocks.SkipLast(1))
        {
            Assert.DoesNotContain('\n', block);
            Assert.DoesNotContain('\r', block);
            if (block.StartsWith(':'))
            {
                comments.Add(block);
                continue;
            }

            Assert.StartsWith("data: ", block, StringComparison.Ordinal);
            Assert.False(events.Contains("[DONE]"), "something follows [DONE]");
            events.Add(block["data: ".Length..]);
        }

        return new SseText(events, comments, blocks[^1]);
    }
}
