using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// Reads the <c>data</c> of an embeddings answer and looks into each vector: numbers that float32 can hold, or base64 of such, as many in
/// each, and as many as were asked for.
/// </summary>
internal struct VectorList(long? dimensions)
{
    /// <summary>The shortest number without an exponent that float32 cannot hold has more characters.</summary>
    private const int SurelyFinite = 38;

    private ChoiceSet _places;
    private long _length = -1;
    private bool _isBad;
    private bool _isUneven;
    private bool _isDouble;
    private int _highest = -1;

    public int Count { get; private set; }

    public bool HasFloats { get; private set; }

    public bool HasBase64 { get; private set; }

    /// <summary>By their indexes the vectors belong in another order.</summary>
    public bool IsUnordered { get; private set; }

    /// <summary>What is wrong; null when there is one vector for each text.</summary>
    public readonly string? Fault(int expected) =>
        Count == 0 ? "a malformed answer"
        : _isBad ? "an embedding that is no vector"
        : Count != expected ? "another number of embeddings than asked for"
        : _isUneven ? "embeddings of different lengths"
        : _isDouble || _highest >= Count ? "embeddings whose indexes do not tell their texts"
        : dimensions is { } wanted && wanted != _length ? FormattableString.Invariant($"embeddings of {_length} dimensions instead of {wanted}")
        : null;

    /// <summary>Reads the array that the reader stands on.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                _isBad = true;
                Count++;
                reader.Skip();
                continue;
            }

            ReadItem(ref reader);
        }
    }

    private void ReadItem(ref Utf8JsonReader reader)
    {
        var place = Count++;
        var length = -1L;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isVector = reader.ValueTextEquals("embedding"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isVector)
            {
                length = ReadVector(ref reader);
            }
            else if (isIndex && reader.TokenType == JsonTokenType.Number)
            {
                place = reader.TryGetInt32(out var told) && told is >= 0 and < ChoiceSet.Limit ? told : ChoiceSet.Limit - 1;
            }

            reader.Skip();
        }

        _isBad |= length <= 0;
        _isUneven |= _length >= 0 && length != _length;
        _length = length;
        _isDouble |= _places.Contains(place);
        _places.Add(place);
        IsUnordered |= place != Count - 1;
        _highest = Math.Max(_highest, place);
    }

    /// <summary>How many numbers the vector has; -1 when it is none.</summary>
    private long ReadVector(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                HasBase64 = true;
                return ReadBase64(ref reader);
            case JsonTokenType.StartArray:
                HasFloats = true;
                return ReadNumbers(ref reader);
            default:
                return -1;
        }
    }

    private static long ReadNumbers(ref Utf8JsonReader reader)
    {
        var count = 0L;
        var isGood = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count++;
            isGood &= reader.TokenType == JsonTokenType.Number && IsFinite(ref reader);
            reader.Skip();
        }

        return isGood ? count : -1;
    }

    /// <summary>Nearly every number is told finite by its length alone.</summary>
    private static bool IsFinite(ref Utf8JsonReader reader)
    {
        var number = reader.ValueSpan;
        return (number.Length <= SurelyFinite && number.IndexOfAny((byte)'e', (byte)'E') < 0) || (reader.TryGetSingle(out var value) && float.IsFinite(value));
    }

    private static long ReadBase64(ref Utf8JsonReader reader)
    {
        var length = reader.ValueSpan.Length;
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            length = reader.CopyString(rented);
            return Base64.DecodeFromUtf8InPlace(rented.AsSpan(0, length), out var written) == OperationStatus.Done && written % sizeof(float) == 0
                ? CountFinite(rented.AsSpan(0, written))
                : -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static long CountFinite(ReadOnlySpan<byte> vector)
    {
        for (var at = 0; at < vector.Length; at += sizeof(float))
        {
            if (!float.IsFinite(BinaryPrimitives.ReadSingleLittleEndian(vector[at..])))
            {
                return -1;
            }
        }

        return vector.Length / sizeof(float);
    }
}
