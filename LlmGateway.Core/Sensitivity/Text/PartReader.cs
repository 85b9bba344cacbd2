using System.Text.Json;

namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>What a part of a request is, which decides what some values in it mean.</summary>
internal enum PartRole : byte
{
    /// <summary>Any value.</summary>
    Value,

    /// <summary>A message, whose content may have typed parts: images, audio, files.</summary>
    Message,

    /// <summary>An input of which numbers are tokens, which stand for text that cannot be read.</summary>
    Tokens,
}

/// <summary>
/// Collects all text of one part of a document: every string, every name of a member and every number long enough to say something.
/// Nothing is left out for standing in a technical place, because whatever is not looked at is a hole. The one exception is the data of an
/// image where an image stands.
/// </summary>
internal static class PartReader
{
    /// <summary>Shorter numbers can be no card, account or phone number.</summary>
    private const int MinNumber = 8;

    /// <summary>Depth of the members of a message, of its content parts, and of the objects in these.</summary>
    private const int MessageDepth = 1, PartDepth = 3, ValueDepth = 4;

    /// <param name="part">A JSON value.</param>
    /// <param name="role">What it is.</param>
    /// <param name="text">Takes the text.</param>
    /// <param name="findings">Takes what is no text.</param>
    /// <exception cref="JsonException">It is no JSON value.</exception>
    public static void Read(ReadOnlySpan<byte> part, PartRole role, TextBuffer text, FindingSet findings)
    {
        text.Start(part.Length);

        // The depth was bounded where the request was validated.
        var reader = new Utf8JsonReader(part, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var place = default(Place);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    if (role == PartRole.Message && place.Enter(ref reader))
                    {
                        findings.Add(FindingKind.UnreadableInput);
                    }

                    text.Append(reader.ValueSpan, TextCleaner.NameSeparator);
                    break;
                case JsonTokenType.String:
                    AppendString(reader.ValueSpan, place.IsImageUrl && reader.CurrentDepth == ValueDepth, text, findings);
                    break;
                case JsonTokenType.Number when role == PartRole.Tokens:
                    findings.Add(FindingKind.UnreadableInput);
                    break;
                case JsonTokenType.Number when reader.ValueSpan.Length >= MinNumber:
                    text.Append(reader.ValueSpan, TextCleaner.Separator);
                    break;
            }
        }
    }

    private static void AppendString(ReadOnlySpan<byte> value, bool mayBeImage, TextBuffer text, FindingSet findings)
    {
        if (mayBeImage && BinaryData.FindImage(value) is (var start, > 0 and var length))
        {
            findings.Add(FindingKind.Image);
            text.Append(value[..start], TextCleaner.Separator);
            text.Append(value[(start + length)..], TextCleaner.Separator);
            return;
        }

        if (BinaryData.IsUnreadable(value))
        {
            findings.Add(FindingKind.UnreadableInput);
        }

        text.Append(value, TextCleaner.Separator);
    }

    /// <summary>Where in a message the reader stands.</summary>
    private struct Place
    {
        private bool _inContent;
        private bool _inImage;
        private bool _isUrl;

        /// <summary>The value that follows is <c>content[].image_url.url</c>.</summary>
        public readonly bool IsImageUrl => _inContent && _inImage && _isUrl;

        /// <summary>Notes the name of a member; true where what follows is audio, video or a file, whatever it looks like.</summary>
        public bool Enter(ref Utf8JsonReader name)
        {
            switch (name.CurrentDepth)
            {
                case MessageDepth:
                    _inContent = name.ValueTextEquals("content"u8);
                    break;
                case PartDepth:
                    _inImage = name.ValueTextEquals("image_url"u8);
                    return _inContent && IsUnreadable(ref name);
                case ValueDepth:
                    _isUrl = name.ValueTextEquals("url"u8);
                    break;
            }

            return false;
        }

        private static bool IsUnreadable(ref Utf8JsonReader name) =>
            name.ValueTextEquals("input_audio"u8) || name.ValueTextEquals("file"u8) || name.ValueTextEquals("audio_url"u8) || name.ValueTextEquals("video_url"u8);
    }
}
