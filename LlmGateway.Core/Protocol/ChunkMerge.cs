using System.Text;
using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>How a value joins the one that is there already. Objects always join member by member, and null never takes a value away.</summary>
internal enum MergeRule
{
    /// <summary>The last one stays.</summary>
    Replace,

    /// <summary>As in a delta: strings and arrays grow, items of arrays find each other by their <c>index</c>.</summary>
    Grow,

    /// <summary>Arrays grow at their end, all else as with <see cref="Replace"/>.</summary>
    Collect,
}

/// <summary>Merges one chunk into the answer under assembly.</summary>
internal ref struct ChunkMerge(ReadOnlySpan<byte> chunk)
{
    private readonly ReadOnlySpan<byte> _chunk = chunk;
    private Utf8JsonReader _reader = new(chunk);
    private int _grown;

    /// <summary>By how many bytes the answer has grown.</summary>
    public readonly int Grown => _grown;

    /// <param name="answer">The answer's members but choices, as the chunk has them.</param>
    /// <param name="choices">Its choices.</param>
    public void Run(AnswerNode answer, AnswerNode choices)
    {
        _reader.Read();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name();
            _reader.Read();
            if (name.SequenceEqual("choices"u8) && _reader.TokenType == JsonTokenType.StartArray)
            {
                Choices(choices);
            }
            else if (name.SequenceEqual("usage"u8))
            {
                // Counts belong together: those of two chunks do not mix.
                Whole(answer.Member(name, ref _grown));
            }
            else if (name.IsEmpty || name.SequenceEqual("obfuscation"u8))
            {
                // Padding that hides the length of a chunk.
                _reader.Skip();
            }
            else
            {
                Value(answer.Member(name, ref _grown), MergeRule.Replace);
            }
        }
    }

    private void Choices(AnswerNode choices)
    {
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.StartObject)
            {
                _reader.Skip();
                continue;
            }

            var choice = choices.Item(Identity(_reader).Index ?? 0, begins: false, ref _grown);
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = Name();
                _reader.Read();
                if (name.IsEmpty || name.SequenceEqual("index"u8))
                {
                    _reader.Skip();
                    continue;
                }

                var rule = name.SequenceEqual("delta"u8) || name.SequenceEqual("text"u8) ? MergeRule.Grow
                    : name.SequenceEqual("logprobs"u8) ? MergeRule.Collect
                    : MergeRule.Replace;
                Value(choice.Member(name, ref _grown), rule);
            }
        }
    }

    /// <summary>From the value's first token to its last.</summary>
    /// <param name="node">Where it goes.</param>
    /// <param name="rule">How.</param>
    /// <param name="name">Of the member whose value it is, where that matters.</param>
    /// <param name="isAudio">It is in the object <c>audio</c>.</param>
    private void Value(AnswerNode node, MergeRule rule, ReadOnlySpan<byte> name = default, bool isAudio = false)
    {
        var isIdentity = IsIdentity(name);
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String when rule == MergeRule.Grow && isAudio && name.SequenceEqual("data"u8):
                _grown += node.AppendBase64(_reader.ValueSpan);
                break;
            case JsonTokenType.String when rule == MergeRule.Grow && !isIdentity:
                _grown += node.AppendText(_reader.ValueSpan);
                break;
            case JsonTokenType.String when node.IsEmpty || !(isIdentity || _reader.ValueSpan.IsEmpty):
                Whole(node);
                break;
            case JsonTokenType.String:
                break;
            case JsonTokenType.StartObject:
                node.Become(AnswerNodeKind.Object);
                Members(node, rule, dropIndex: false, name.SequenceEqual("audio"u8));
                break;
            case JsonTokenType.StartArray when rule != MergeRule.Replace:
                Items(node, rule, name.SequenceEqual("tool_calls"u8));
                break;
            default:
                Whole(node);
                break;
        }
    }

    private void Members(AnswerNode node, MergeRule rule, bool dropIndex, bool isAudio = false)
    {
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name();
            _reader.Read();
            if (name.IsEmpty || (dropIndex && name.SequenceEqual("index"u8)))
            {
                _reader.Skip();
                continue;
            }

            Value(node.Member(name, ref _grown), rule, name, isAudio);
        }
    }

    private void Items(AnswerNode node, MergeRule rule, bool isCalls)
    {
        var byIndex = rule == MergeRule.Grow
            && (node.Kind == AnswerNodeKind.Indexed || (node.IsEmpty && (isCalls || BeginsWithIndex(_reader))));
        node.Become(byIndex ? AnswerNodeKind.Indexed : node.Kind == AnswerNodeKind.Text ? AnswerNodeKind.Text : AnswerNodeKind.List);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (!byIndex)
            {
                _grown += node.AppendItem(Skipped());
            }
            else if (_reader.TokenType != JsonTokenType.StartObject)
            {
                _reader.Skip();
            }
            else
            {
                var identity = Identity(_reader);
                Members(isCalls ? node.Call(identity, ref _grown) : node.Item(identity.Index, identity.HasId, ref _grown), rule, isCalls);
            }
        }
    }

    private void Whole(AnswerNode node)
    {
        var json = Skipped();
        if (!json.SequenceEqual("null"u8))
        {
            _grown += node.SetRaw(json);
        }
    }

    /// <summary>The bytes of the value that begins here, which is skipped.</summary>
    private ReadOnlySpan<byte> Skipped()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return _chunk[start..(int)_reader.BytesConsumed];
    }

    /// <summary>The member's name; empty when it is none that can be decoded.</summary>
    private readonly ReadOnlySpan<byte> Name()
    {
        if (!_reader.ValueIsEscaped)
        {
            return _reader.ValueSpan;
        }

        return SurrogateEscapes.HasUnpaired(_reader.ValueSpan) ? default : Encoding.UTF8.GetBytes(_reader.GetString()!);
    }

    /// <summary>Strings that name something and are not continued, though some servers send them with every chunk.</summary>
    private static bool IsIdentity(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("role"u8) || name.SequenceEqual("id"u8) || name.SequenceEqual("type"u8) || name.SequenceEqual("name"u8) || name.SequenceEqual("format"u8);

    private static bool BeginsWithIndex(Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.StartObject && Identity(reader).Index is not null;

    /// <summary>What an object says about itself.</summary>
    private static ItemIdentity Identity(Utf8JsonReader reader)
    {
        var identity = default(ItemIdentity);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIndex = reader.ValueTextEquals("index"u8);
            var isId = reader.ValueTextEquals("id"u8);
            var isFunction = reader.ValueTextEquals("function"u8);
            reader.Read();
            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value))
            {
                identity.Index = value;
            }

            if (isId && reader.TokenType == JsonTokenType.String)
            {
                identity.Id = reader.ValueSpan;
            }

            if (isFunction && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadFunction(reader, ref identity);
            }

            reader.Skip();
        }

        return identity;
    }

    private static void ReadFunction(Utf8JsonReader reader, ref ItemIdentity identity)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isName = reader.ValueTextEquals("name"u8);
            var isArguments = reader.ValueTextEquals("arguments"u8);
            reader.Read();
            var isText = reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty;
            identity.HasName |= isName && isText;
            identity.HasArguments |= isArguments && isText;
            reader.Skip();
        }
    }
}

/// <summary>What an item of an array says about itself, by which its pieces find each other.</summary>
internal ref struct ItemIdentity
{
    public long? Index;

    /// <summary>As it stands between the quotes; empty when there is none.</summary>
    public ReadOnlySpan<byte> Id;

    /// <summary>It names the function that is called.</summary>
    public bool HasName;

    /// <summary>It has a piece of the function's arguments.</summary>
    public bool HasArguments;

    public readonly bool HasId => !Id.IsEmpty;
}
