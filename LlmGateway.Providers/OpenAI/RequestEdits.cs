using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.OpenAI;

/// <summary>
/// The edits of a passthrough request: the model's name at the provider, asking for the usage chunk of a stream, and fields that the
/// model knows by another name.
/// </summary>
internal static class RequestEdits
{
    public static SplicedContent Content(RequestView view, string upstreamModel, OpenAIProfile profile)
    {
        ReadOnlyMemory<byte> model = upstreamModel == view.Model
            ? view.Body.Slice(view.ModelValue.Start, view.ModelValue.Length)
            : JsonSerializer.SerializeToUtf8Bytes(upstreamModel, StringJsonContext.Default.String);
        var modelEdit = (view.ModelValue, model);

        // Without usage at the end of a stream nothing could be counted: ask for it even when the client does not.
        var asksForUsage = view.Stream && !view.IncludeUsage && view.Operation != Operation.Embeddings;
        if (view.Operation == Operation.Chat && profile.Renames.Length > 0 && RenameEdits(view, upstreamModel, profile) is { Count: > 0 } edits)
        {
            edits.Add(modelEdit);
            if (asksForUsage)
            {
                edits.Add(UsageEdit(view));
            }

            edits.Sort(static (a, b) => a.Range.Start.CompareTo(b.Range.Start));
            return new SplicedContent(view.Body, CollectionsMarshal.AsSpan(edits));
        }

        if (!asksForUsage)
        {
            return new SplicedContent(view.Body, modelEdit);
        }

        var usageEdit = UsageEdit(view);
        return usageEdit.Range.Start < view.ModelValue.Start
            ? new SplicedContent(view.Body, usageEdit, modelEdit)
            : new SplicedContent(view.Body, modelEdit, usageEdit);
    }

    private static List<(ByteRange Range, ReadOnlyMemory<byte> Replacement)>? RenameEdits(RequestView view, string upstreamModel, OpenAIProfile profile)
    {
        List<(ByteRange, ReadOnlyMemory<byte>)>? edits = null;
        foreach (var rename in profile.Renames)
        {
            if (rename.Concerns(upstreamModel) && FindName(view.Body.Span, rename) is { IsEmpty: false } name)
            {
                (edits ??= []).Add((name, Encoding.UTF8.GetBytes($"\"{rename.To}\"")));
            }
        }

        return edits;
    }

    /// <summary>Where the field's name stands, quotes included; empty when it is absent, or there by both names, which the provider may judge.</summary>
    private static ByteRange FindName(ReadOnlySpan<byte> body, FieldRename rename)
    {
        var found = default(ByteRange);
        var reader = new Utf8JsonReader(body, JsonText.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(rename.To))
            {
                return default;
            }

            if (reader.ValueTextEquals(rename.Field))
            {
                found = new ByteRange((int)reader.TokenStartIndex, reader.ValueSpan.Length + 2);
            }

            reader.Skip();
        }

        return found;
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
        using (var options = JsonDocument.Parse(view.Body.Slice(view.StreamOptionsValue.Start, view.StreamOptionsValue.Length), JsonText.DocumentOptions))
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
