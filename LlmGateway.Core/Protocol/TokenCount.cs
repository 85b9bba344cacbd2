using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>Reads a number of tokens out of a provider's answer; the one place where such a number is believed or not.</summary>
public static class TokenCount
{
    /// <summary>No call has more tokens. Counts beyond are cut to it, so that sums and prices of them can be stored.</summary>
    public const long Most = 1_000_000_000_000;

    /// <summary>Reads the value that the reader stands on and leaves the reader on its end; false when it is no count.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out long count)
    {
        count = 0;
        if (reader.TokenType != JsonTokenType.Number)
        {
            reader.Skip();
            return false;
        }

        if (reader.TryGetInt64(out count))
        {
            count = Clamp(count);
            return count >= 0;
        }

        // 12.0 and 1.2e3 are counts too, and what is too large for any type is at least a large one.
        var isNumber = reader.TryGetDouble(out var told) && told >= 0;
        count = isNumber ? (long)Math.Min(told, Most) : 0;
        return isNumber;
    }

    /// <summary>Reads a value of a parsed document; false when it is no count.</summary>
    public static bool TryRead(JsonElement value, out long count)
    {
        count = 0;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var told) || told < 0)
        {
            return false;
        }

        count = value.TryGetInt64(out var whole) ? Clamp(whole) : (long)Math.Min(told, Most);
        return true;
    }

    /// <summary>The count, or the largest that is believed.</summary>
    public static long Clamp(long count) => Math.Min(count, Most);
}
