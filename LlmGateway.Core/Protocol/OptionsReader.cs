using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Protocol;

/// <summary>Reads the fields of a request that are more than a plain value: stream options, tools and formats.</summary>
internal static class OptionsReader
{
    public static GatewayError? ReadStreamOptions(RequestView view, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ParameterRules.InvalidType("stream_options", "an object", reader.TokenType);
        }

        GatewayError? error = null;
        var seen = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            if (isUsage && seen)
            {
                error ??= ParameterRules.Duplicate("stream_options.include_usage");
            }

            seen |= isUsage;
            if (isUsage && reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
            {
                error ??= ParameterRules.InvalidType("stream_options.include_usage", "a boolean", reader.TokenType);
            }

            view.IncludeUsage |= isUsage && reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }

        return error;
    }

    public static GatewayError? ReadTools(RequestView view, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return ParameterRules.InvalidType("tools", "an array of objects", reader.TokenType);
        }

        GatewayError? error = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                error ??= ParameterRules.InvalidType($"tools[{view.ToolCount}]", "an object", reader.TokenType);
            }

            view.ToolCount++;
            reader.Skip();
        }

        return error;
    }

    public static GatewayError? ReadEncodingFormat(RequestView view, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null || (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("float"u8)))
        {
            return null;
        }

        if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("base64"u8))
        {
            view.Base64Embeddings = true;
            return null;
        }

        return GatewayError.Invalid("encoding_format", "invalid_value", "Invalid value for 'encoding_format': supported values are 'float' and 'base64'.");
    }

    public static GatewayError? ReadResponseFormat(RequestView view, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return ParameterRules.InvalidType("response_format", "an object", reader.TokenType);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            view.HasJsonSchema |= isType && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("json_schema"u8);
            reader.Skip();
        }

        return null;
    }
}
