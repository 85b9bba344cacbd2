namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>
/// Looks for one thing. The time must grow no faster than the text, whatever stands in it: each look around a candidate is bounded by
/// a constant, or no character is looked at more than a few times.
/// </summary>
internal interface ISensitivityDetector
{
    string Name { get; }

    /// <param name="text">A cleaned text; strings of one document are separated by <see cref="Text.TextCleaner.Separator"/>.</param>
    /// <param name="findings">Takes what is found.</param>
    void Scan(ReadOnlySpan<char> text, FindingSet findings);
}

/// <summary>Questions that several detectors ask.</summary>
internal static class Chars
{
    /// <summary>The character at <paramref name="index"/>; outside of the text what separates strings.</summary>
    public static char At(ReadOnlySpan<char> text, int index) => (uint)index < (uint)text.Length ? text[index] : Text.TextCleaner.Separator;

    public static bool IsBase64Url(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    public static bool IsWordAt(ReadOnlySpan<char> text, int index) => char.IsLetterOrDigit(At(text, index));
}
