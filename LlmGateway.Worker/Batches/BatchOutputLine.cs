using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Batches;

/// <summary>Lines of output and error files (source: the BatchRequestOutput schema of OpenAI's published API description).</summary>
internal static class BatchOutputLine
{
    private const int IdBytes = 16;

    // Read by JSON parsers, never placed into a page.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes the line and its end. The same line gives the same bytes each time.</summary>
    public static void Write(JobItem item, IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, IdOf(item));
            json.WriteString("custom_id"u8, item.CustomId);
            if (item.Response is { } body)
            {
                json.WriteStartObject("response"u8);
                json.WriteNumber("status_code"u8, item.ResponseStatus ?? 0);
                json.WriteString("request_id"u8, item.RequestId);
                json.WritePropertyName("body"u8);
                // Checked when it came, and on one line.
                json.WriteRawValue(body, skipInputValidation: true);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("response"u8);
            }

            json.WritePropertyName("error"u8);
            json.WriteRawValue(item.Error ?? "null", skipInputValidation: true);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static string IdOf(JobItem item) => "batch_req_" + Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{item.JobId}/{item.Line}"))).AsSpan(0, IdBytes));
}
