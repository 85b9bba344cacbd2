namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>
/// Finds configured words and phrases, in one pass for all of them (Aho and Corasick, "Efficient string matching", 1975). Upper and
/// lower case are the same, and so are letters that look alike. A match must not be part of a longer word, except in scripts that put no space between words.
/// </summary>
internal sealed class KeywordDetector : ISensitivityDetector
{
    /// <summary>Most cells of the table of transitions: 16 MiB of them.</summary>
    public const int MaxCells = 4_000_000;

    private readonly Keyword[] _keywords;

    /// <summary>Characters that no keyword holds are class 0; the others have one for all their cases.</summary>
    private readonly ushort[] _classes = new ushort[char.MaxValue + 1];
    private readonly int _width;
    private readonly int[] _next;

    /// <summary>The keyword that ends in a state, or -1.</summary>
    private readonly int[] _ends;

    /// <summary>The longest proper suffix of a state at which a keyword ends; 0 when there is none.</summary>
    private readonly int[] _shorter;

    public KeywordDetector(IReadOnlyList<Keyword> keywords)
    {
        _keywords = [.. keywords];
        _width = AssignClasses();
        var states = 1 + _keywords.Sum(k => k.Text.Length);
        _next = new int[states * _width];
        _ends = new int[states];
        _ends.AsSpan().Fill(-1);
        _shorter = new int[states];
        Link(Grow());
    }

    public string Name => "keywords";

    public void Scan(ReadOnlySpan<char> text, FindingSet findings)
    {
        if (findings.IsFull(FindingKind.Keyword))
        {
            return;
        }

        var state = 0;
        for (var at = 0; at < text.Length; at++)
        {
            state = _next[state * _width + _classes[text[at]]];
            if (state == 0)
            {
                continue;
            }

            for (var end = _ends[state] >= 0 ? state : _shorter[state]; end != 0; end = _shorter[end])
            {
                var keyword = _keywords[_ends[end]];
                if (IsWhole(text, at + 1 - keyword.Text.Length, at + 1, keyword.Plural))
                {
                    findings.AddKeyword(_ends[end]);
                }
            }
        }
    }

    /// <summary>Whether the keywords are too many or too long for the table of transitions.</summary>
    public static bool IsTooLarge(IReadOnlyCollection<Keyword> keywords) =>
        (1L + keywords.Sum(k => k.Text.Length)) * (1 + keywords.SelectMany(k => k.Text).Select(Fold).Distinct().Count()) > MaxCells;

    private static bool IsWhole(ReadOnlySpan<char> text, int start, int end, bool plural)
    {
        if (Joins(Chars.At(text, start - 1), text[start]))
        {
            return false;
        }

        var last = text[end - 1];
        return !Joins(last, Chars.At(text, end)) || (plural && text[end] is 's' or 'S' && !Joins('s', Chars.At(text, end + 1)));
    }

    /// <summary>Whether two neighbours belong to one word.</summary>
    private static bool Joins(char left, char right) =>
        char.IsLetterOrDigit(left) && char.IsLetterOrDigit(right) && !IsUnspaced(left) && !IsUnspaced(right);

    /// <summary>Thai, Lao, Burmese, Khmer, kana, Han and Hangul, which append particles or write words without spaces.</summary>
    private static bool IsUnspaced(char c) => c >= 0x0E00
        && c is <= '\u0EFF' or (>= '\u1000' and <= '\u109F') or (>= '\u1780' and <= '\u17FF') or (>= '\u3040' and <= '\u30FF')
            or (>= '\u3400' and <= '\u9FFF') or (>= '\uAC00' and <= '\uD7AF') or (>= '\uF900' and <= '\uFAFF');

    private static char Fold(char c) => c is '\n' or Text.TextCleaner.NameSeparator ? ' ' : Text.Confusables.Latin(char.ToLowerInvariant(char.ToUpperInvariant(c)));

    /// <summary>Numbers the characters of the keywords and gives every character that folds to one of them its number.</summary>
    private int AssignClasses()
    {
        var numbers = new Dictionary<char, ushort>();
        foreach (var c in _keywords.SelectMany(k => k.Text).Select(Fold))
        {
            numbers.TryAdd(c, (ushort)(numbers.Count + 1));
        }

        for (var c = 0; c <= char.MaxValue; c++)
        {
            _classes[c] = numbers.GetValueOrDefault(Fold((char)c));
        }

        return numbers.Count + 1;
    }

    /// <summary>Builds the tree of keywords and returns how many states it has.</summary>
    private int Grow()
    {
        var count = 1;
        for (var index = 0; index < _keywords.Length; index++)
        {
            var state = 0;
            foreach (var c in _keywords[index].Text)
            {
                ref var child = ref _next[state * _width + _classes[c]];
                state = child != 0 ? child : child = count++;
            }

            // Of the same word twice the heavier counts.
            if (_ends[state] < 0 || _keywords[_ends[state]].Weight < _keywords[index].Weight)
            {
                _ends[state] = index;
            }
        }

        return count;
    }

    /// <summary>Completes the transitions in breadth-first order, so that no step ever goes back.</summary>
    private void Link(int count)
    {
        var failures = new int[count];
        var queue = new Queue<int>();
        queue.Enqueue(0);
        while (queue.TryDequeue(out var state))
        {
            var failure = failures[state];
            for (var c = 1; c < _width; c++)
            {
                ref var next = ref _next[state * _width + c];
                var fallback = state == 0 ? 0 : _next[failure * _width + c];
                if (next == 0)
                {
                    next = fallback;
                    continue;
                }

                failures[next] = fallback;
                _shorter[next] = _ends[fallback] >= 0 ? fallback : _shorter[fallback];
                queue.Enqueue(next);
            }
        }
    }
}
