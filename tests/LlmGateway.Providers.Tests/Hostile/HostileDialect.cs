using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Hostile;

/// <summary>
/// One wire dialect as its servers speak it, and the plain rules by which one of its documents is a whole answer, written apart from the
/// product.
/// </summary>
internal abstract class HostileDialect
{
    public abstract IModelProvider Make(HostileTransport transport);

    public virtual string Model => "m";

    public abstract string StreamType { get; }

    /// <summary>The reason of an answer that ended by itself.</summary>
    public abstract string GoodReason { get; }

    /// <summary>Reasons that this dialect does not know cannot be passed on; OpenAI's can.</summary>
    public virtual bool KnowsItsReasons => true;

    /// <summary>A whole answer.</summary>
    /// <param name="text">JSON of the text.</param>
    /// <param name="reason">JSON of the reason.</param>
    /// <param name="usage">JSON of the counts.</param>
    public abstract string Whole(string text, string reason, string usage);

    /// <summary>JSON of counts, each a JSON value.</summary>
    public abstract string Usage(string prompt, string completion);

    /// <summary>A streamed answer in its units; the last that makes it whole is the last of all.</summary>
    public abstract HostileUnit[] Stream(string[] texts, string reason, string usage);

    public virtual byte[] Encode(IEnumerable<HostileUnit> units) => Encoding.UTF8.GetBytes(string.Concat(units.Select(u => u.Before + u.Json + u.After)));

    /// <summary>The text of a document that is a whole answer; null when it is none.</summary>
    public abstract string? Read(JsonElement root);

    /// <summary>The text of units that are a whole answer; null when they are none.</summary>
    public abstract string? ReadStream(IReadOnlyList<HostileUnit> units);

    protected static bool IsText(JsonElement element, string name, out string text)
    {
        text = "";
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        text = value.GetString()!;
        return true;
    }

    protected static bool IsNothing(JsonElement element, string name) => !element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null;

    /// <summary>Texts of content blocks of a list, each with a known kind; null for a list that is none or has another.</summary>
    protected static string? Join(JsonElement list, Func<JsonElement, string?> text)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var all = "";
        foreach (var block in list.EnumerateArray())
        {
            if (block.ValueKind != JsonValueKind.Object || text(block) is not { } piece)
            {
                return null;
            }

            all += piece;
        }

        return all;
    }
}

/// <summary>A unit of a stream: an event, a line or a message, whose document can be changed without its frame.</summary>
internal sealed record HostileUnit(string Before, string Json, string After = "\n\n", string Type = "");
