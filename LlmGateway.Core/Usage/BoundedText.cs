namespace LlmGateway.Core.Usage;

/// <summary>Text from clients, for places where it is kept.</summary>
public static class BoundedText
{
    private const int MaxLength = 256;

    /// <summary>The text itself, or its beginning when somebody sends a novel for a name.</summary>
    public static string Shorten(string text) => text.Length <= MaxLength
        ? text
        : text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
}
