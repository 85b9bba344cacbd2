using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace LlmGateway.Providers.Http;

/// <summary>Embedding vectors as base64 of little-endian float32 (source: OpenAI's <c>encoding_format</c>).</summary>
internal static class VectorEncoding
{
    /// <summary>The number itself. <see cref="InvalidOperationException"/> when it is infinite or none: JSON has no such numbers, and no vector does.</summary>
    public static float Finite(float value) =>
        float.IsFinite(value) ? value : throw new InvalidOperationException("The vector holds a number that float32 cannot hold.");

    /// <summary>Writes an array of numbers as such a string. <see cref="InvalidOperationException"/> when it holds something else.</summary>
    public static void WriteBase64(JsonElement vector, Utf8JsonWriter json)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(vector.GetArrayLength() * sizeof(float));
        try
        {
            var length = 0;
            foreach (var value in vector.EnumerateArray())
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(length), Finite(value.GetSingle()));
                length += sizeof(float);
            }

            json.WriteBase64StringValue(bytes.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> unless the array holds nothing but numbers that float32 can hold.</summary>
    public static void Check(JsonElement vector)
    {
        foreach (var value in vector.EnumerateArray())
        {
            Finite(value.GetSingle());
        }
    }
}
