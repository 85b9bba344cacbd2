using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Translation;

/// <summary>The arguments of a tool call: OpenAI has a string that holds JSON where others have the object itself.</summary>
internal static class ToolArguments
{
    /// <summary>Writes the <c>arguments</c> of <paramref name="function"/> as a member that is an object; empty arguments are an empty object.</summary>
    /// <param name="function">The call's <c>function</c>.</param>
    /// <param name="name">Name of the member.</param>
    /// <param name="path">Where the arguments stand in the request, for the error.</param>
    /// <param name="json">Receives the member.</param>
    public static GatewayError? WriteObject(JsonElement function, ReadOnlySpan<byte> name, string path, Utf8JsonWriter json)
    {
        json.WritePropertyName(name);
        if (!JsonText.TryGet(function, "arguments"u8, out var arguments)
            || (arguments.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(arguments.GetString())))
        {
            json.WriteRawValue("{}"u8, skipInputValidation: true);
            return null;
        }

        if (arguments.ValueKind == JsonValueKind.Object)
        {
            json.WriteRawValue(JsonText.Raw(arguments), skipInputValidation: true);
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(arguments.GetString()!, JsonText.DocumentOptions);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                json.WriteRawValue(JsonText.Raw(document.RootElement), skipInputValidation: true);
                return null;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Neither JSON nor, below, an object of it.
        }

        return GatewayError.Invalid(path, "invalid_value", $"Invalid value for '{path}': expected a string that holds a JSON object.");
    }
}
