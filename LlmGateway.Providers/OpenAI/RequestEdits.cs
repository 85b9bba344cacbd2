using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.OpenAI;

/// <summary>The two edits of a passthrough request: the model's name at the provider, and asking for the usage chunk of a stream.</summary>
internal static class RequestEdits
{
    public static SplicedContent Content(RequestView view, string upstreamModel)
    {
        ReadOnlyMemory<byte> model = upstreamModel == view.Model
            ? view.Body.Slice(view.ModelValue.Start, view.ModelValue.Length)
            : JsonSerializer.SerializeToUtf8Bytes(upstreamModel, StringJsonContext.Default.String);
        var modelEdit = (view.ModelValue, model);

        // Without usage at the end of a stream nothing could be counted: ask for it even when the client does not.
        if (!view.Stream || view.IncludeUsage || view.Operation == Operation.Embeddings)
        {
            return new SplicedContent(view.Body, modelEdit);
        }

        var usageEdit = UsageEdit(view);
        return usageEdit.Range.Start < view.ModelValue.Start
            ? new SplicedContent(view.Body, usageEdit, modelEdit)
            : new SplicedContent(view.Body, modelEdit, usageEdit);
    }

    private static (ByteRange Range, ReadOnlyMemory<byte> Replacement) UsageEdit(RequestView view)
    {
        if (view.StreamOptionsValue.IsEmpty)
        {
            return (new ByteRange(view.ClosingBrace, 0), IncludeUsageMember);
        }

        // The client's other stream options survive.
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        using (var options = JsonDocument.Parse(view.Body.Slice(view.StreamOptionsValue.Start, view.StreamOptionsValue.Length)))
        {
            json.WriteStartObject();
            if (options.RootElement.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in options.RootElement.EnumerateObject())
                {
                    if (!member.NameEquals("include_usage"u8))
                    {
                        member.WriteTo(json);
                    }
                }
            }

            json.WriteBoolean("include_usage"u8, true);
            json.WriteEndObject();
        }

        return (view.StreamOptionsValue, output.WrittenMemory);
    }

    private static readonly byte[] IncludeUsageMember = ",\"stream_options\":{\"include_usage\":true}"u8.ToArray();
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class StringJsonContext : System.Text.Json.Serialization.JsonSerializerContext;
