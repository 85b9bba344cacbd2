using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Ollama;

/// <summary>Tells Ollama's errors apart, which have a status and a text and no code: <c>{"error":"model 'x' not found"}</c>.</summary>
internal static class OllamaErrors
{
    private const string ThinkingUnsupported = "does not support thinking";
    private const string ToolsUnsupported = "does not support tools";
    private const string BadOption = "option \"";

    /// <summary>A model without eyes, told with 500 (source: ollama/ollama, server/prompt.go, llm/server.go, and llama.cpp's server and mtmd behind it).</summary>
    private static readonly string[] ImagesUnsupported =
    [
        "image input is not supported",
        "does not support image",
        "does not support vision",
        "does not support multimodal",
        "missing data required for image input",
        "model does not support multi-modal",
    ];

    /// <summary>
    /// What a request itself brings about and the server answers with 500: pictures that are none, schemas and grammars that cannot be
    /// used (source: ollama/ollama, server/routes.go, llm/server.go, model/imageproc, llama.cpp's json-schema-to-grammar).
    /// </summary>
    private static readonly string[] RequestsFault =
    [
        "failed to process image",
        "failed to decode image",
        "failed to load image",
        "invalid image",
        "image: unknown format",
        "illegal base64 data",
        "failed to parse grammar",
        "invalid grammar",
        "failed to load model vocabulary required for format",
        "invalid format",
        "invalid json schema",
        "unable to convert schema",
    ];

    /// <summary>The error as the client should see it.</summary>
    public static GatewayError Translate(GatewayError error, ProviderCall call)
    {
        if (error.Code == GatewayErrorCode.ContextLengthExceeded)
        {
            return ContextExceeded(call.View.Operation, error.Message);
        }

        if (error.Code is not (GatewayErrorCode.UpstreamRejected or GatewayErrorCode.UpstreamError))
        {
            return error;
        }

        var text = error.Message;
        if (ErrorWords.SayTooLong(text))
        {
            return ContextExceeded(call.View.Operation, text);
        }

        if (error.UpstreamStatus == 404 && text.Contains("not found", StringComparison.Ordinal))
        {
            return new GatewayError(GatewayErrorCode.ModelNotFound, text) { Param = "model" };
        }

        if (text.Contains(ToolsUnsupported, StringComparison.Ordinal))
        {
            return FieldPolicy.Unsupported("tools", text);
        }

        if (text.Contains(ThinkingUnsupported, StringComparison.Ordinal))
        {
            return FieldPolicy.Unsupported("reasoning_effort", text);
        }

        if (ImagesUnsupported.Any(phrase => text.Contains(phrase, StringComparison.OrdinalIgnoreCase)))
        {
            return FieldPolicy.Unsupported("messages", text);
        }

        if (RequestsFault.Any(phrase => text.Contains(phrase, StringComparison.OrdinalIgnoreCase)))
        {
            return GatewayError.Invalid(null, "invalid_value", text);
        }

        // Ollama answers 500 to an option of a wrong type.
        return text.Contains(BadOption, StringComparison.Ordinal) ? GatewayError.Invalid("options", "invalid_type", text) : error;
    }

    public static GatewayError ContextExceeded(Operation operation, string message) => new(GatewayErrorCode.ContextLengthExceeded, message)
    {
        Param = operation switch
        {
            Operation.Chat => "messages",
            Operation.Completion => "prompt",
            _ => "input",
        },
    };
}
