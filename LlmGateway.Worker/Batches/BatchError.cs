using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LlmGateway.Worker.Batches;

/// <summary>A mistake in an input file, as the batch tells it.</summary>
/// <param name="Code">What is wrong.</param>
/// <param name="Message">The same for people.</param>
/// <param name="Param">The field at fault.</param>
/// <param name="Line">Where; null for the file as a whole.</param>
internal sealed record BatchError(string Code, string Message, string? Param = null, int? Line = null)
{
    private const int LongestText = 500;

    /// <summary>
    /// An OpenAI error document with the list of all mistakes beside the error: <c>{"error":{…},"errors":{"object":"list","data":[…]}}</c>.
    /// </summary>
    public static string Document(IReadOnlyList<BatchError> errors)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartObject("error"u8);
            json.WriteString("message"u8, Clean(errors[0].Message));
            json.WriteString("type"u8, "invalid_request_error"u8);
            json.WriteString("param"u8, "input_file_id"u8);
            json.WriteString("code"u8, Clean(errors[0].Code));
            json.WriteEndObject();
            json.WriteStartObject("errors"u8);
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var error in errors)
            {
                Write(json, error);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, BatchError error)
    {
        json.WriteStartObject();
        json.WriteString("code"u8, Clean(error.Code));
        if (error.Line is { } line)
        {
            json.WriteNumber("line"u8, line);
        }
        else
        {
            json.WriteNull("line"u8);
        }

        json.WriteString("message"u8, Clean(error.Message));
        json.WriteString("param"u8, error.Param is null ? null : Clean(error.Param));
        json.WriteEndObject();
    }

    /// <summary>Names of fields come from the client: PostgreSQL's JSON takes no U+0000, and nobody wants to read a megabyte.</summary>
    private static string Clean(string text) => (text.Length > LongestText ? text[..LongestText] + "…" : text).Replace('\0', '\uFFFD');
}
