using System.Text.Json;
using System.Text.Unicode;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Worker.Batches;

/// <summary>
/// A line of an input file: <c>{"custom_id":…,"method":"POST","url":…,"body":{…}}</c>
/// (source: the BatchRequestInput schema of OpenAI's published API description).
/// </summary>
/// <param name="CustomId">Unique in its batch.</param>
/// <param name="Body">The request, a slice of the line.</param>
internal readonly record struct BatchLine(string CustomId, ReadOnlyMemory<byte> Body)
{
    /// <summary>Longest custom id in characters: what an index of PostgreSQL takes at four bytes each.</summary>
    public const int MaxCustomIdLength = 512;

    private const string BrokenCode = "invalid_json_line";

    /// <summary>Parses and checks a line. Null when it is good; otherwise what is wrong with it.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number, for the error.</param>
    /// <param name="endpoint">The batch's endpoint.</param>
    /// <param name="operation">What that does.</param>
    /// <param name="result">The line, when it is good.</param>
    public static BatchError? Read(ReadOnlyMemory<byte> line, int number, string endpoint, Operation operation, out BatchLine result)
    {
        result = default;
        var fields = new Fields();
        try
        {
            if (!Utf8.IsValid(line.Span))
            {
                return new BatchError(BrokenCode, "The line is not valid UTF-8.", null, number);
            }

            if (fields.Read(line) is { } broken)
            {
                return broken with { Line = number };
            }
        }
        catch (JsonException)
        {
            return new BatchError(BrokenCode, "The line could not be parsed as JSON.", null, number);
        }
        catch (InvalidOperationException)
        {
            // Thrown where a string with an unpaired surrogate escape is compared or decoded.
            return new BatchError(BrokenCode, "The line holds a string with an unpaired surrogate escape.", null, number);
        }

        if (fields.Check(endpoint) is { } wrong)
        {
            return wrong with { Line = number };
        }

        result = new BatchLine(fields.CustomId!, fields.Body);
        return CheckBody(operation, fields.Body) is { } invalid ? invalid with { Line = number } : null;
    }

    private static BatchError? CheckBody(Operation operation, ReadOnlyMemory<byte> body)
    {
        if (RequestReader.Read(operation, body, out var view) is { } error)
        {
            return new BatchError(ErrorMapper.Code(error), error.Message, error.Param is null ? "body" : "body." + error.Param);
        }

        return view.Stream ? new BatchError("invalid_value", "A request of a batch cannot be streamed: leave out 'stream' or set it to false.", "body.stream") : null;
    }

    /// <summary>The members of a line while it is read.</summary>
    private struct Fields
    {
        private bool _hasMethod;
        private bool _hasUrl;
        private string? _method;
        private string? _url;

        public string? CustomId { get; private set; }

        public ReadOnlyMemory<byte> Body { get; private set; }

        public BatchError? Read(ReadOnlyMemory<byte> line)
        {
            var reader = new Utf8JsonReader(line.Span, new JsonReaderOptions { MaxDepth = RequestReader.DefaultMaxDepth + 1 });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return new BatchError(BrokenCode, "The line must be a JSON object.");
            }

            BatchError? error = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                // To its end even after a mistake: broken JSON is the more basic one.
                var mistake = ReadField(line, ref reader);
                error ??= mistake;
                reader.Skip();
            }

            reader.Read();
            return error;
        }

        public readonly BatchError? Check(string endpoint) =>
            CustomId is null ? Missing("custom_id")
            : !_hasMethod ? Missing("method")
            : _method != "POST" ? new BatchError("invalid_method", "The method must be POST.", "method")
            : !_hasUrl ? Missing("url")
            : _url != endpoint ? new BatchError("mismatched_endpoint", $"The URL must be the batch's endpoint, '{endpoint}'.", "url")
            : Body.IsEmpty ? Missing("body")
            : null;

        private BatchError? ReadField(ReadOnlyMemory<byte> line, ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("custom_id"u8))
            {
                return CustomId is not null ? Duplicate("custom_id") : ReadCustomId(ref reader);
            }

            if (reader.ValueTextEquals("method"u8))
            {
                return ReadText(ref reader, "method", ref _hasMethod, ref _method);
            }

            if (reader.ValueTextEquals("url"u8))
            {
                return ReadText(ref reader, "url", ref _hasUrl, ref _url);
            }

            if (!reader.ValueTextEquals("body"u8))
            {
                reader.Read();
                return null;
            }

            reader.Read();
            if (!Body.IsEmpty)
            {
                return Duplicate("body");
            }

            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return new BatchError("invalid_type", "Invalid type for 'body': expected an object.", "body");
            }

            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            Body = line[start..(int)reader.BytesConsumed];
            return null;
        }

        private BatchError? ReadCustomId(ref Utf8JsonReader reader)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                return new BatchError("invalid_type", "Invalid type for 'custom_id': expected a string.", "custom_id");
            }

            var text = reader.GetString()!;
            if (text.Length is 0 or > MaxCustomIdLength || text.Contains('\0', StringComparison.Ordinal))
            {
                return new BatchError("invalid_value", $"A custom id has 1 to {MaxCustomIdLength} characters, none of them U+0000.", "custom_id");
            }

            CustomId = text;
            return null;
        }

        private static BatchError? ReadText(ref Utf8JsonReader reader, string name, ref bool hasValue, ref string? value)
        {
            reader.Read();
            if (hasValue)
            {
                return Duplicate(name);
            }

            hasValue = true;
            value = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            return null;
        }

        private static BatchError Missing(string name) => new("missing_required_parameter", $"Missing required parameter: '{name}'.", name);

        private static BatchError Duplicate(string name) => new("duplicate_parameter", $"Duplicate parameter: '{name}'.", name);
    }
}
