using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LlmGateway.Simulator.Engine;

/// <summary>What a prompt mentions: words, numbers, phrases worth quoting, characters beyond ASCII.</summary>
internal sealed partial class PromptReader
{
    private static readonly HashSet<string> StopWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "about", "an", "and", "are", "as", "at", "be", "by", "can", "could", "current", "do", "does", "for", "from", "get",
        "give", "given", "has", "have", "how", "i", "in", "into", "is", "it", "its", "like", "me", "my", "of", "on", "or", "please",
        "returns", "return", "should", "some", "tell", "that", "the", "their", "them", "then", "there", "this", "those", "to",
        "tool", "use", "used", "user", "using", "want", "was", "what", "when", "where", "which", "will", "with", "would", "you", "your",
    };

    private readonly Lazy<List<string>> _phrases;
    private readonly Lazy<List<decimal>> _numbers;

    public PromptReader(string text)
    {
        Text = text;
        Words = new HashSet<string>(WordsOf(text), StringComparer.OrdinalIgnoreCase);
        _phrases = new(() => FindPhrases(text));
        _numbers = new(() => FindNumbers(text));
    }

    public string Text { get; }

    public HashSet<string> Words { get; }

    /// <summary>Quoted text first, then names (capitalised inside a sentence), then content words.</summary>
    public IReadOnlyList<string> Phrases => _phrases.Value;

    public IReadOnlyList<decimal> Numbers => _numbers.Value;

    public static IEnumerable<string> WordsOf(string text) => WordPattern().Matches(text).Select(m => m.Value);

    public static bool IsStopWord(string word) => StopWords.Contains(word);

    public bool Mentions(string text) =>
        text.Length > 0 && (Words.Contains(text) || Text.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>At most <paramref name="maxChars"/> UTF-16 units, cut between text elements.</summary>
    public static string Shorten(string text, int maxChars)
    {
        if (text.Length <= maxChars) return text;
        var elements = StringInfo.GetTextElementEnumerator(text);
        var end = 0;
        while (elements.MoveNext() && elements.ElementIndex + elements.GetTextElement().Length <= maxChars)
            end = elements.ElementIndex + elements.GetTextElement().Length;
        return string.Concat(text.AsSpan(0, end).TrimEnd(), "…");
    }

    /// <summary>Distinct text elements beyond ASCII, in order of appearance.</summary>
    public IEnumerable<string> UnusualElements()
    {
        if (System.Text.Ascii.IsValid(Text)) yield break;
        var seen = new HashSet<string>();
        var elements = StringInfo.GetTextElementEnumerator(Text);
        while (elements.MoveNext())
        {
            var element = elements.GetTextElement();
            if (!System.Text.Ascii.IsValid(element) && !char.IsWhiteSpace(element[0]) && seen.Add(element)) yield return element;
        }
    }

    private static List<string> FindPhrases(string text)
    {
        var phrases = QuotedPattern().Matches(text).Select(m => m.Groups[1].Value.Trim()).ToList();
        phrases.AddRange(NamePattern().Matches(text).Where(m => m.Index > 0).Select(m => m.Value));
        phrases.AddRange(WordsOf(text).Where(w => w.Length > 3 && !IsStopWord(w)));
        return [.. phrases.Where(p => p.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).Take(32)];
    }

    private static List<decimal> FindNumbers(string text) =>
        [.. NumberPattern().Matches(text)
            .Select(m => decimal.TryParse(m.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) ? n : (decimal?)null)
            .OfType<decimal>().Take(32)];

    [GeneratedRegex(@"[\p{L}\p{N}][\p{L}\p{M}\p{N}_'-]*")]
    private static partial Regex WordPattern();

    [GeneratedRegex("[\"“]([^\"”]{1,200})[\"”]")]
    private static partial Regex QuotedPattern();

    [GeneratedRegex(@"(?<=[\p{Ll},;:] )\p{Lu}[\p{L}\p{M}'-]*(?: \p{Lu}[\p{L}\p{M}'-]*)*")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"(?<![\p{L}\p{N}.])-?\d{1,15}(?:\.\d{1,9})?(?![\p{L}\p{N}])")]
    private static partial Regex NumberPattern();
}
