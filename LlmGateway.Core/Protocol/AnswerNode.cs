using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace LlmGateway.Core.Protocol;

internal enum AnswerNodeKind
{
    /// <summary>Nothing but null has come so far.</summary>
    Null,

    /// <summary>A whole JSON value.</summary>
    Raw,

    /// <summary>A string that grows.</summary>
    Text,

    /// <summary>An array that grows at its end.</summary>
    List,

    Object,

    /// <summary>An array of objects that have a number each, by which their pieces find each other.</summary>
    Indexed,
}

/// <summary>
/// A value of an answer under assembly. Text is kept as the bytes it had in JSON, escapes included, so that nothing is decoded and an escaped
/// surrogate pair that was cut over two chunks is whole again.
/// </summary>
internal sealed partial class AnswerNode
{
    /// <summary>From so many members on they are found by hash; most objects have fewer.</summary>
    private const int ManyMembers = 12;

    /// <summary>Characters of base64 that stand for three bytes.</summary>
    private const int GroupLength = 4;

    // Text has its opening quote and a list its opening bracket, but not the closing ones.
    private byte[] _bytes = [];
    private int _length;
    private List<(byte[] Name, AnswerNode Value)>? _members;
    private Dictionary<byte[], int>? _places;
    private Dictionary<long, AnswerNode>? _items;
    private Dictionary<long, long>? _moved;
    private long _lastItem = -1;
    private long _highestItem = -1;

    public AnswerNodeKind Kind { get; private set; }

    public IReadOnlyList<(byte[] Name, AnswerNode Value)> Members => _members ?? [];

    /// <summary>Null, or an empty string, array or object.</summary>
    public bool IsEmpty => Kind switch
    {
        AnswerNodeKind.Null => true,
        AnswerNodeKind.Raw => _bytes.AsSpan(0, _length) is [(byte)'"', (byte)'"'] or [(byte)'[', (byte)']'],
        AnswerNodeKind.Text or AnswerNodeKind.List => _length == 1,
        AnswerNodeKind.Object => _members is null,
        _ => _items is null,
    };

    /// <summary>Is this string.</summary>
    public bool IsText(ReadOnlySpan<byte> text) => Kind == AnswerNodeKind.Raw && _length == text.Length + 2 && _bytes.AsSpan(1, text.Length).SequenceEqual(text);

    /// <summary>Becomes a value of another kind, or stays as it is.</summary>
    public void Become(AnswerNodeKind kind)
    {
        if (Kind == kind)
        {
            return;
        }

        Kind = kind;
        _length = 0;
        (_members, _places, _items, _moved, _lastItem, _highestItem) = (null, null, null, null, -1, -1);
        if (kind is AnswerNodeKind.Text or AnswerNodeKind.List)
        {
            Append(kind == AnswerNodeKind.Text ? "\""u8 : "["u8);
        }
    }

    /// <returns>By how much the answer has grown.</returns>
    public int SetRaw(ReadOnlySpan<byte> json)
    {
        Become(AnswerNodeKind.Raw);
        var before = _length;
        _length = 0;
        Append(json);
        return json.Length - before;
    }

    /// <param name="escaped">What stands between the quotes.</param>
    /// <returns>By how much the answer has grown.</returns>
    public int AppendText(ReadOnlySpan<byte> escaped)
    {
        if (Kind == AnswerNodeKind.List)
        {
            // Parts first and plain text after them: the text is a part too.
            return escaped.IsEmpty ? 0 : AppendItem(TextPart(escaped));
        }

        Become(AnswerNodeKind.Text);
        Append(escaped);
        return escaped.Length;
    }

    /// <summary>Appends bytes in base64. Each piece may end with a group that is not full, which only the last one of a text may.</summary>
    /// <inheritdoc cref="AppendText"/>
    public int AppendBase64(ReadOnlySpan<byte> piece)
    {
        if (Kind != AnswerNodeKind.Text || _length <= GroupLength || _bytes[_length - 1] != '=')
        {
            return AppendText(piece);
        }

        var bytes = new byte[2 + Base64.GetMaxDecodedFromUtf8Length(piece.Length)];
        var group = bytes.AsSpan(0, Math.Min(bytes.Length, 3));
        if (group.Length < 3
            || Base64.DecodeFromUtf8(_bytes.AsSpan(_length - GroupLength, GroupLength), group, out _, out var open) != OperationStatus.Done
            || Base64.DecodeFromUtf8(piece, bytes.AsSpan(open), out _, out var decoded) != OperationStatus.Done)
        {
            return AppendText(piece);
        }

        var joined = new byte[Base64.GetMaxEncodedToUtf8Length(open + decoded)];
        Base64.EncodeToUtf8(bytes.AsSpan(0, open + decoded), joined, out _, out var written);
        _length -= GroupLength;
        Append(joined.AsSpan(0, written));
        return written - GroupLength;
    }

    /// <inheritdoc cref="AppendText"/>
    public int AppendItem(ReadOnlySpan<byte> json)
    {
        var text = Kind == AnswerNodeKind.Text && !IsEmpty ? TextPart(_bytes.AsSpan(1, _length - 1)) : [];
        Become(AnswerNodeKind.List);
        if (text.Length > 0)
        {
            Append(text);
        }

        if (_length > 1)
        {
            Append(","u8);
        }

        Append(json);
        return json.Length + 1;
    }

    public AnswerNode? Find(ReadOnlySpan<byte> name)
    {
        if (_places is not null)
        {
            return _places.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var place) ? _members![place].Value : null;
        }

        for (var i = 0; i < _members?.Count; i++)
        {
            if (name.SequenceEqual(_members[i].Name))
            {
                return _members[i].Value;
            }
        }

        return null;
    }

    /// <summary>The member of this name, added when there is none.</summary>
    public AnswerNode Member(ReadOnlySpan<byte> name, ref int grown)
    {
        if (Find(name) is { } found)
        {
            return found;
        }

        var value = new AnswerNode();
        (_members ??= []).Add((name.ToArray(), value));
        grown += name.Length + "\"\":,null".Length;
        if (_places is not null)
        {
            _places.Add(_members[^1].Name, _members.Count - 1);
        }
        else if (_members.Count == ManyMembers)
        {
            _places = new Dictionary<byte[], int>(Utf8Names.Instance);
            for (var i = 0; i < _members.Count; i++)
            {
                _places.Add(_members[i].Name, i);
            }
        }

        return value;
    }

    /// <summary>The item of this number, added when there is none.</summary>
    /// <param name="number">Null when the item came without: the one before it, or a new one.</param>
    /// <param name="begins">An item without a number is a new one.</param>
    /// <param name="grown">By how much the answer has grown.</param>
    public AnswerNode Item(long? number, bool begins, ref int grown)
    {
        var key = number ?? (begins || _lastItem < 0 ? _highestItem + 1 : _lastItem);
        _lastItem = key;
        _highestItem = Math.Max(_highestItem, key);
        _items ??= [];
        if (!_items.TryGetValue(key, out var item))
        {
            _items.Add(key, item = new AnswerNode());
            item.Become(AnswerNodeKind.Object);
            grown += "{},".Length;
        }

        return item;
    }

    /// <summary>Items by their numbers.</summary>
    public IEnumerable<KeyValuePair<long, AnswerNode>> Items() => _items is null ? [] : _items.OrderBy(item => item.Key);

    public void Write(Utf8JsonWriter json)
    {
        switch (Kind)
        {
            case AnswerNodeKind.Null:
                json.WriteNullValue();
                break;
            case AnswerNodeKind.Raw:
                json.WriteRawValue(_bytes.AsSpan(0, _length), skipInputValidation: true);
                break;
            case AnswerNodeKind.Text or AnswerNodeKind.List:
                Append(Kind == AnswerNodeKind.Text ? "\""u8 : "]"u8);
                json.WriteRawValue(_bytes.AsSpan(0, _length), skipInputValidation: true);
                _length--;
                break;
            case AnswerNodeKind.Object:
                json.WriteStartObject();
                foreach (var (name, value) in Members)
                {
                    json.WritePropertyName(name);
                    value.Write(json);
                }

                json.WriteEndObject();
                break;
            default:
                json.WriteStartArray();
                foreach (var (_, item) in Items())
                {
                    item.Write(json);
                }

                json.WriteEndArray();
                break;
        }
    }

    private static byte[] TextPart(ReadOnlySpan<byte> escaped) => [.. """{"type":"text","text":" """u8[..^1], .. escaped, .. "\"}"u8];

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var needed = _length + bytes.Length;
        if (needed > _bytes.Length)
        {
            // What does not grow is as long as it is; what does doubles.
            Array.Resize(ref _bytes, Kind == AnswerNodeKind.Raw ? needed : (int)Math.Min(Math.Max(needed, _bytes.Length * 2L), Array.MaxLength));
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length = needed;
    }
}
