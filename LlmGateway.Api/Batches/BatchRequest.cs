using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Batches;

/// <summary>What a client asks with <c>POST /v1/batches</c> (source: OpenAI's published API description).</summary>
/// <param name="InputFileId">A file of purpose <c>batch</c>.</param>
/// <param name="Endpoint">Where every line goes.</param>
/// <param name="Metadata">A JSON object of texts; null when there is none.</param>
internal sealed record BatchRequest(string InputFileId, string Endpoint, string? Metadata)
{
    public const string Window = "24h";

    private const int MaxPairs = 16;
    private const int MaxNameLength = 64;
    private const int MaxValueLength = 512;

    private static readonly ParameterRule[] Rules =
    [
        new("input_file_id", ParameterKind.Text) { Required = true },
        new("endpoint", ParameterKind.Text) { Required = true },
        new("completion_window", ParameterKind.Text) { Required = true },
        new("metadata", ParameterKind.Members),
    ];

    /// <summary>Null when <paramref name="request"/> is good; otherwise what is wrong with it.</summary>
    public static GatewayError? Read(ReadOnlyMemory<byte> body, int maxDepth, out BatchRequest? request)
    {
        request = null;
        if (PlainDocument.Read(body, Rules, out var document, maxDepth) is { } error)
        {
            return error;
        }

        var endpoint = document.Text("endpoint")!;
        if (BatchEndpoints.OperationOf(endpoint) is null)
        {
            return GatewayError.Invalid("endpoint", "invalid_value", $"Invalid value for 'endpoint': supported values are {string.Join(", ", BatchEndpoints.All)}.");
        }

        if (document.Text("completion_window") != Window)
        {
            return GatewayError.Invalid("completion_window", "invalid_value", $"Invalid value for 'completion_window': the only supported value is '{Window}'.");
        }

        var metadata = document.Raw("metadata");
        if (!metadata.IsEmpty && CheckMetadata(metadata, maxDepth) is { } wrong)
        {
            return wrong;
        }

        request = new BatchRequest(document.Text("input_file_id")!, endpoint, metadata.IsEmpty ? null : Encoding.UTF8.GetString(metadata));
        return null;
    }

    private static GatewayError? CheckMetadata(ReadOnlySpan<byte> metadata, int maxDepth)
    {
        var reader = new Utf8JsonReader(metadata, new JsonReaderOptions { MaxDepth = maxDepth });
        reader.Read();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                return Invalid("every value must be a string");
            }

            if (!names.Add(name) || names.Count > MaxPairs)
            {
                return Invalid($"expected at most {MaxPairs} names, each once");
            }

            var value = reader.GetString()!;
            if (name.Length > MaxNameLength || value.Length > MaxValueLength || name.Contains('\0', StringComparison.Ordinal) || value.Contains('\0', StringComparison.Ordinal))
            {
                return Invalid($"names have at most {MaxNameLength} characters and values {MaxValueLength}, none of them U+0000");
            }
        }

        return null;
    }

    private static GatewayError Invalid(string what) => GatewayError.Invalid("metadata", "invalid_value", $"Invalid value for 'metadata': {what}.");
}
