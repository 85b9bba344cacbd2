using System.Text.Json;

namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>
/// Collects all text of one part of a document: every string, every name of a member and every number long enough to say something.
/// Nothing is left out for standing in a technical place, because whatever is not looked at is a hole.
/// </summary>
internal static class PartReader
{
    /// <summary>Shorter numbers can be no card, account or phone number.</summary>
    private const int MinNumber = 8;

    /// <param name="part">A JSON value.</param>
    /// <param name="mayHoldTokens">Numbers in arrays are tokens, which stand for text that cannot be read.</param>
    /// <param name="text">Takes the text.</param>
    /// <param name="findings">Takes what is no text.</param>
    /// <exception cref="JsonException">It is no JSON value.</exception>
    public static void Read(ReadOnlySpan<byte> part, bool mayHoldTokens, TextBuffer text, FindingSet findings)
    {
        text.Start(part.Length);

        // The depth was bounded where the request was validated.
        var reader = new Utf8JsonReader(part, new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    text.Append(reader.ValueSpan, TextCleaner.NameSeparator);
                    break;
                case JsonTokenType.String:
                    AppendString(reader.ValueSpan, text, findings);
                    break;
                case JsonTokenType.Number when mayHoldTokens:
                    findings.Add(FindingKind.UnreadableInput);
                    break;
                case JsonTokenType.Number when reader.ValueSpan.Length >= MinNumber:
                    text.Append(reader.ValueSpan, TextCleaner.Separator);
                    break;
            }
        }
    }

    private static void AppendString(ReadOnlySpan<byte> value, TextBuffer text, FindingSet findings)
    {
        var (start, length) = BinaryData.Find(value, out var kind);
        if (kind != DataKind.None)
        {
            findings.Add(kind == DataKind.Image ? FindingKind.Image : FindingKind.UnreadableInput);
        }

        if (length == 0)
        {
            text.Append(value, TextCleaner.Separator);
            return;
        }

        text.Append(value[..start], TextCleaner.Separator);
        text.Append(value[(start + length)..], TextCleaner.Separator);
    }
}
