using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>Collects the strings of one part of a document, decoded, cleaned and separated, in rented memory.</summary>
internal sealed class TextBuffer : IDisposable
{
    private char[] _text = [];
    private int _length;

    public ReadOnlySpan<char> Written => _text.AsSpan(0, _length);

    /// <summary>Starts anew with room for the strings of a part of so many bytes: a byte never becomes more than a character.</summary>
    public void Start(int bytes)
    {
        _length = 0;

        // Every string has two quotes, which leaves room for a separator; a bare number has a comma or a bracket behind it.
        if (_text.Length < bytes + 2)
        {
            Return();
            _text = ArrayPool<char>.Shared.Rent(bytes + 2);
        }
    }

    /// <param name="json">The inside of a JSON string, or a number.</param>
    /// <param name="separator">What stands behind it.</param>
    public void Append(ReadOnlySpan<byte> json, char separator)
    {
        var added = _text.AsSpan(_length);
        var decoded = Escapes.Decode(json, added);
        var tags = StyledText.Tags(added[..decoded]);
        _length += TextCleaner.Clean(added[..decoded]);
        if (tags.Length > 0)
        {
            // A text of its own: models read it, and people do not see it. Each was two characters, so there is room.
            _text[_length++] = TextCleaner.Separator;
            tags.CopyTo(_text.AsSpan(_length));
            _length += tags.Length;
        }

        _text[_length++] = separator;
    }

    /// <summary>Undoes one level of escapes in what was collected; false when there was none.</summary>
    public bool DecodeNested()
    {
        if (!Escapes.DecodeNested(_text.AsSpan(0, _length), ref _length))
        {
            return false;
        }

        _length = TextCleaner.Clean(_text.AsSpan(0, _length), keepSeparators: true);
        return true;
    }

    public void Dispose() => Return();

    private void Return()
    {
        if (_text.Length > 0)
        {
            // What was in it belongs to one client; the next to rent it is another.
            ArrayPool<char>.Shared.Return(_text, clearArray: true);
            _text = [];
        }
    }
}
