using System.Collections.Frozen;
using System.Globalization;

namespace LlmGateway.Simulator.Faults;

/// <summary>
/// One grammar, three spellings:
/// <list type="bullet">
/// <item>header <c>x-simulator-fault</c> and control endpoint: <c>cut;after=3,crlf</c> (kinds by comma, options by semicolon);</item>
/// <item>model name: <c>sim-small+cut-after-3+crlf</c>, for clients that cannot set headers;</item>
/// <item>header <c>x-simulator-timing</c>: the options of <c>timing</c> alone, <c>first=2000;tps=5</c>.</item>
/// </list>
/// Options: after, bytes, code, retry, body, ms, first, tps, load, p, times, skip. Values are percent-decoded.
/// </summary>
public static class FaultGrammar
{
    private static readonly FrozenDictionary<string, FaultKind> Kinds = Enum.GetValues<FaultKind>()
        .ToFrozenDictionary(Spell, StringComparer.OrdinalIgnoreCase);

    /// <exception cref="FormatException">Says which part is not understood.</exception>
    public static IReadOnlyList<Fault> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ParseOne)];
    }

    /// <exception cref="FormatException">Says which part is not understood.</exception>
    public static Fault ParseTiming(string options) => ParseOne("timing;" + options);

    /// <summary>The part of a model name behind its first plus sign.</summary>
    /// <exception cref="FormatException">Says which part is not understood.</exception>
    public static IReadOnlyList<Fault> ParseModelSuffix(string suffix)
    {
        ArgumentNullException.ThrowIfNull(suffix);
        return [.. suffix.Split('+', StringSplitOptions.RemoveEmptyEntries).Select(part => ParseOne(FromDashes(part)))];
    }

    public static string Spell(FaultKind kind) =>
        string.Concat(kind.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static string FromDashes(string part)
    {
        // Kinds may hold dashes themselves, so the longest kind that fits is taken; the rest is key-value pairs.
        var kind = Kinds.Keys.Where(k => part.Equals(k, StringComparison.OrdinalIgnoreCase) || part.StartsWith(k + "-", StringComparison.OrdinalIgnoreCase))
            .MaxBy(k => k.Length) ?? throw new FormatException($"'{part}' does not begin with a fault kind ({Known}).");
        var pieces = part.Length > kind.Length ? part[(kind.Length + 1)..].Split('-') : [];
        if (pieces.Length % 2 != 0) throw new FormatException($"'{part}': options are pairs, such as cut-after-3.");
        return kind + string.Concat(pieces.Chunk(2).Select(p => $";{p[0]}={p[1]}"));
    }

    private static string Known => string.Join(", ", Kinds.Keys.Order(StringComparer.Ordinal));

    private static Fault ParseOne(string text)
    {
        var parts = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length == 0 || !Kinds.TryGetValue(parts[0], out var kind)) throw new FormatException($"'{text}' is not a fault ({Known}).");
        var fault = new Fault(kind) { Text = text };
        foreach (var part in parts.AsSpan(1))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new FormatException($"'{part}' in '{text}' is not key=value.");
            fault = With(fault, part[..at].Trim().ToLowerInvariant(), Uri.UnescapeDataString(part[(at + 1)..].Trim()), text);
        }

        return fault;
    }

    private static Fault With(Fault fault, string key, string value, string text) => key switch
    {
        "after" => fault with { After = Whole(value, text) },
        "bytes" => fault with { Bytes = Whole(value, text) },
        "code" => fault with { Code = Whole(value, text) is var code and >= 200 and <= 599 ? code : throw new FormatException($"code={value} in '{text}' is not an HTTP status.") },
        "retry" => fault with { RetryAfterSeconds = Whole(value, text) },
        "body" => fault with { Body = value },
        "ms" => fault with { Milliseconds = Whole(value, text) },
        "first" => fault with { FirstTokenMilliseconds = Real(value, text) },
        "tps" => fault with { TokensPerSecond = Real(value, text) },
        "load" => fault with { LoadMilliseconds = Real(value, text) },
        "p" => fault with { Probability = Real(value, text) },
        "times" => fault with { Times = Whole(value, text) },
        "skip" => fault with { Skip = Whole(value, text) },
        _ => throw new FormatException($"'{key}' in '{text}' is not an option."),
    };

    private static int Whole(string value, string text) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw new FormatException($"'{value}' in '{text}' is not a whole number.");

    private static double Real(string value, string text) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n) ? n : throw new FormatException($"'{value}' in '{text}' is not a number.");
}
