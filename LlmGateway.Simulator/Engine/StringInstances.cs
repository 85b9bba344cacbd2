using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlmGateway.Simulator.Engine;

/// <summary>Strings for a schema: by format, by pattern, else a phrase of the prompt, within minLength and maxLength (scalars).</summary>
internal sealed class StringInstances(PromptReader prompt)
{
    private const int DefaultMaxLength = 80;
    private const int LongestPadding = 100_000;
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(200);

    public string Make(JsonObject schema, int variation)
    {
        var min = Math.Min(SchemaReader.Integer(schema, "minLength") ?? 0, LongestPadding);
        var max = Math.Max(SchemaReader.Integer(schema, "maxLength") ?? int.MaxValue, min);
        if (schema["pattern"] is JsonValue pattern && pattern.TryGetValue<string>(out var expression))
            return Matching(expression, min, max, variation);
        if (schema["format"] is JsonValue format && format.TryGetValue<string>(out var name) && Formatted(name, variation) is { } formatted)
            return formatted;
        return Fit(Phrase(variation), min, max);
    }

    private static string? Formatted(string format, int variation)
    {
        var n = variation % 28;
        return format switch
        {
            "date" => $"2025-01-{n + 1:00}",
            "time" => $"12:{n:00}:00Z",
            "date-time" => $"2025-01-{n + 1:00}T12:00:00Z",
            "duration" => $"PT{n + 1}M",
            "email" or "idn-email" => $"user{(n == 0 ? "" : n.ToString(CultureInfo.InvariantCulture))}@example.com",
            "uri" or "url" or "iri" or "uri-reference" => $"https://example.com/{(n == 0 ? "" : n.ToString(CultureInfo.InvariantCulture))}",
            "hostname" or "idn-hostname" => $"host{n}.example.com",
            "ipv4" => $"192.0.2.{n + 1}",
            "ipv6" => $"2001:db8::{n + 1:x}",
            "uuid" => $"3f2504e0-4f89-41d3-9a0c-{StableHash.Of("uuid", variation) & 0xFFFFFFFFFFFF:x12}",
            _ => null,
        };
    }

    private string Phrase(int variation)
    {
        if (prompt.Phrases.Count > 0)
        {
            var place = variation % prompt.Phrases.Count;
            var round = variation % (1 << 20) / prompt.Phrases.Count;
            return round == 0 ? prompt.Phrases[place] : $"{prompt.Phrases[place]} {round + 1}";
        }

        var text = prompt.Text.Trim();
        return text.Length > 0 && variation == 0 ? text : $"text {(variation % (1 << 20)) + 1}";
    }

    private static string Fit(string text, int min, int max)
    {
        if (text.Length > DefaultMaxLength) text = PromptReader.Shorten(text, DefaultMaxLength);
        var runes = text.EnumerateRunes().ToList();
        if (runes.Count > max) return string.Concat(runes.Take(max).Select(r => r.ToString()));
        if (runes.Count >= min) return text;
        var padded = new StringBuilder(text);
        for (var i = runes.Count; i < min; i++) padded.Append((char)('a' + (i % 26)));
        return padded.ToString();
    }

    private string Matching(string expression, int min, int max, int variation)
    {
        // A phrase of the prompt that happens to match is the more telling value.
        foreach (var phrase in prompt.Phrases.Skip(variation % Math.Max(prompt.Phrases.Count, 1)))
            if (phrase.Length >= min && phrase.Length <= max && IsMatch(expression, phrase)) return phrase;

        for (var repeats = 0; repeats <= 256; repeats = repeats < 16 ? repeats + 1 : repeats * 2)
        {
            var text = PatternInstance.TryMake(expression, repeats, variation);
            if (text is null) break;
            if (text.Length < min && !expression.EndsWith('$')) text = Fit(text, min, max);
            if (text.Length >= min && text.Length <= max && IsMatch(expression, text)) return text;
        }

        return Fit(Phrase(variation), min, max);
    }

    private static bool IsMatch(string expression, string text)
    {
        try
        {
            return Regex.IsMatch(text, expression, RegexOptions.ECMAScript, PatternTimeout);
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            try
            {
                return Regex.IsMatch(text, expression, RegexOptions.CultureInvariant, PatternTimeout);
            }
            catch (Exception again) when (again is ArgumentException or RegexMatchTimeoutException)
            {
                return false;
            }
        }
    }
}
