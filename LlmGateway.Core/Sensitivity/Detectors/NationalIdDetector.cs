namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>Finds the configured national identification numbers, written as one or with single separators.</summary>
internal sealed class NationalIdDetector(IReadOnlyList<NationalId> ids) : ISensitivityDetector
{
    private const int MaxLength = 16;

    private const int MaxSeparators = 6;

    private readonly NationalId[] _ids = [.. ids];
    private readonly int _lengths = ids.Aggregate(0, (bits, id) => bits | 1 << id.Length);

    public string Name => "national_ids";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        Span<char> read = stackalloc char[MaxLength];
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsAsciiLetterOrDigit(text[at]))
            {
                continue;
            }

            if (!Chars.IsWordAt(text, at - 1))
            {
                Match(text, at, read, findings);
            }
        }
    }

    /// <summary>Collects letters and digits from <paramref name="at"/> on, and asks wherever a word ends.</summary>
    private void Match(ReadOnlySpan<char> text, int at, Span<char> read, FindingSet findings)
    {
        var (count, digits, marks, separators) = (0, 0, 0, 0);
        for (var i = at; count < MaxLength && i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsAsciiLetterOrDigit(c))
            {
                read[count++] = char.ToUpperInvariant(c);
                digits += char.IsAsciiDigit(c) ? 1 : 0;
                if ((_lengths >> count & 1) != 0 && digits >= 6 && !Chars.IsWordAt(text, i + 1))
                {
                    Ask(read[..count], marks, findings);
                }
            }
            else if (c is ' ' or '-' or '.' or '/' && char.IsAsciiLetterOrDigit(Chars.At(text, i + 1)))
            {
                if (++separators > MaxSeparators)
                {
                    return;
                }

                marks |= 1 << count;
            }
            else
            {
                return;
            }
        }
    }

    private void Ask(ReadOnlySpan<char> id, int marks, FindingSet findings)
    {
        foreach (var known in _ids)
        {
            if (known.Length == id.Length && known.Marks.Contains(marks) && known.IsValid(id))
            {
                findings.Add(known.Kind, id);
            }
        }
    }
}
