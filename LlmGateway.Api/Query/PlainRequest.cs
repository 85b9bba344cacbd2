using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;

namespace LlmGateway.Api.Query;

/// <summary>The plain endpoints.</summary>
internal enum PlainKind
{
    /// <summary><c>POST /query</c></summary>
    Query,

    /// <summary><c>POST /stream</c></summary>
    Stream,

    /// <summary><c>POST /embeddings</c></summary>
    Embeddings,
}

/// <summary>The fields of plain requests, and the OpenAI requests that they become, so that everything that looks at requests sees them too.</summary>
internal static class PlainRequest
{
    private static readonly ParameterRule[] QueryRules =
    [
        new("prompt", ParameterKind.Text) { Required = true },
        new("context", ParameterKind.Text),
        new("provider", ParameterKind.Text),
        new("model", ParameterKind.Text),
        new("temperature", ParameterKind.Number, 0, 2),
        new("max_tokens", ParameterKind.WholeNumber, 1),
        new("user_id", ParameterKind.Text),
        new("force_refresh", ParameterKind.Boolean),
    ];

    private static readonly ParameterRule[] EmbeddingsRules =
    [
        new("text", ParameterKind.TextOrTexts) { Required = true },
        new("provider", ParameterKind.Text),
        new("model", ParameterKind.Text),
        new("user_id", ParameterKind.Text),
    ];

    public static ParameterRule[] Rules(PlainKind kind) => kind == PlainKind.Embeddings ? EmbeddingsRules : QueryRules;

    public static Operation OperationOf(PlainKind kind) => kind == PlainKind.Embeddings ? Operation.Embeddings : Operation.Chat;

    /// <summary>What a model must be able to do that is chosen for the client.</summary>
    public static ModelCapabilities Needed(PlainKind kind) => kind == PlainKind.Embeddings ? ModelCapabilities.Embeddings : ModelCapabilities.Chat;

    /// <summary>Writes the OpenAI request. Values are copied as they stand, and were checked.</summary>
    public static void Write(PlainKind kind, PlainDocument plain, string model, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("model"u8, model);
        if (kind == PlainKind.Embeddings)
        {
            Copy(json, "input"u8, plain.Raw("text"));
            json.WriteString("encoding_format"u8, "float"u8);
        }
        else
        {
            WriteChat(json, plain, kind == PlainKind.Stream);
        }

        Copy(json, "user"u8, plain.Raw("user_id"));
        json.WriteEndObject();
    }

    /// <summary>What is wrong with the OpenAI request, in the words of the plain one.</summary>
    public static GatewayError Rename(GatewayError error) => error.Param is { } param && param.StartsWith("input", StringComparison.Ordinal)
        ? error with { Param = string.Concat("text", param.AsSpan("input".Length)), Message = error.Message.Replace("'input", "'text", StringComparison.Ordinal) }
        : error;

    private static void WriteChat(Utf8JsonWriter json, PlainDocument plain, bool stream)
    {
        json.WriteStartArray("messages"u8);
        if (plain.Raw("context") is { Length: > 2 } context)
        {
            WriteMessage(json, "system"u8, context);
        }

        WriteMessage(json, "user"u8, plain.Raw("prompt"));
        json.WriteEndArray();
        Copy(json, "temperature"u8, plain.Raw("temperature"));
        Copy(json, "max_tokens"u8, plain.Raw("max_tokens"));
        if (stream)
        {
            json.WriteBoolean("stream"u8, true);
        }
    }

    private static void WriteMessage(Utf8JsonWriter json, ReadOnlySpan<byte> role, ReadOnlySpan<byte> content)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, role);
        Copy(json, "content"u8, content);
        json.WriteEndObject();
    }

    private static void Copy(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value, skipInputValidation: true);
        }
    }
}
