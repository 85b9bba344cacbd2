using System.Text.Json;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// Writes a JSON schema so that its objects take no other members than they name, where it does not say: Anthropic's models, at Bedrock too,
/// refuse a schema for their answer otherwise (source: Anthropic's documentation, "Structured outputs", limitations). What the schema says
/// itself stays.
/// </summary>
internal static class ClosedSchema
{
    /// <summary>Members that hold schemas by name.</summary>
    private static readonly string[] Maps = ["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"];

    /// <summary>Members that hold a schema, or several.</summary>
    private static readonly string[] Schemas = ["items", "prefixItems", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "contains", "additionalProperties"];

    public static void Write(JsonElement schema, Utf8JsonWriter json)
    {
        switch (schema.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(schema, json);
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in schema.EnumerateArray())
                {
                    Write(item, json);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteRawValue(JsonText.Raw(schema), skipInputValidation: true);
                break;
        }
    }

    private static void WriteObject(JsonElement schema, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var member in schema.EnumerateObject())
        {
            json.WritePropertyName(member.Name);
            if (Maps.Contains(member.Name) && member.Value.ValueKind == JsonValueKind.Object)
            {
                json.WriteStartObject();
                foreach (var inner in member.Value.EnumerateObject())
                {
                    json.WritePropertyName(inner.Name);
                    Write(inner.Value, json);
                }

                json.WriteEndObject();
            }
            else if (Schemas.Contains(member.Name))
            {
                Write(member.Value, json);
            }
            else
            {
                json.WriteRawValue(JsonText.Raw(member.Value), skipInputValidation: true);
            }
        }

        if (IsOfObjects(schema) && !schema.TryGetProperty("additionalProperties"u8, out _))
        {
            json.WriteBoolean("additionalProperties"u8, false);
        }

        json.WriteEndObject();
    }

    private static bool IsOfObjects(JsonElement schema) =>
        schema.TryGetProperty("type"u8, out var type)
            ? JsonText.IsText(type, "object"u8) || (type.ValueKind == JsonValueKind.Array && type.EnumerateArray().Any(t => JsonText.IsText(t, "object"u8)))
            : schema.TryGetProperty("properties"u8, out _);
}
