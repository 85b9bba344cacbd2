using System.Buffers.Binary;
using System.Text.Json;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.OpenAI;

/// <summary>
/// Brings embeddings into the encoding the client asked for. Many servers ignore <c>encoding_format</c>, and a client that decodes
/// floats as base64 reads vectors of a quarter of their length without noticing. Vectors come in the order of the texts: clients that go by
/// position read the wrong ones otherwise.
/// </summary>
internal static class EmbeddingEncoding
{
    /// <summary>Takes over <paramref name="body"/> and returns the same document with every vector in its place and re-encoded.</summary>
    public static GatewayAnswer Convert(string provider, PooledBuffer body, AnswerFacts facts, bool toBase64)
    {
        var converted = new PooledBuffer();
        try
        {
            using (body)
            using (var document = JsonDocument.Parse(body.Written, JsonText.DocumentOptions))
            using (var json = new Utf8JsonWriter(converted))
            {
                WriteDocument(document.RootElement, json, toBase64);
            }

            return new JsonAnswer(converted, facts.Usage, facts.FinishReason);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            converted.Dispose();
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "an embedding that is no vector"));
        }
    }

    private static void WriteDocument(JsonElement root, Utf8JsonWriter json, bool toBase64)
    {
        json.WriteStartObject();
        foreach (var member in root.EnumerateObject())
        {
            if (!member.NameEquals("data"u8))
            {
                member.WriteTo(json);
                continue;
            }

            json.WriteStartArray("data"u8);
            foreach (var item in member.Value.EnumerateArray().Select(static (item, place) => (Item: item, Index: Index(item, place))).OrderBy(i => i.Index).Select(i => i.Item))
            {
                WriteItem(item, json, toBase64);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>An item that does not tell its index has that of its place.</summary>
    private static int Index(JsonElement item, int place) =>
        item.TryGetProperty("index"u8, out var index) && index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out var told) ? told : place;

    private static void WriteItem(JsonElement item, Utf8JsonWriter json, bool toBase64)
    {
        json.WriteStartObject();
        foreach (var member in item.EnumerateObject())
        {
            var value = member.Value;
            if (!member.NameEquals("embedding"u8) || value.ValueKind == (toBase64 ? JsonValueKind.String : JsonValueKind.Array))
            {
                member.WriteTo(json);
            }
            else if (toBase64)
            {
                json.WritePropertyName("embedding"u8);
                VectorEncoding.WriteBase64(value, json);
            }
            else
            {
                json.WriteStartArray("embedding"u8);
                var bytes = value.GetBytesFromBase64();
                if (bytes.Length % sizeof(float) != 0)
                {
                    throw new FormatException("The bytes are no whole number of float32 values.");
                }

                for (var at = 0; at < bytes.Length; at += sizeof(float))
                {
                    json.WriteNumberValue(VectorEncoding.Finite(BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at))));
                }

                json.WriteEndArray();
            }
        }

        json.WriteEndObject();
    }
}
