using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmGateway.TestSupport;

/// <summary>
/// Validates instances against JSON schemas: $ref into the root document, type, enum, const, properties, required,
/// additionalProperties, propertyNames, min/maxProperties, items, prefixItems, min/maxItems, uniqueItems, numeric bounds,
/// multipleOf, string lengths, pattern, common formats, allOf, anyOf, oneOf, not. Unknown keywords are ignored.
/// </summary>
public sealed class JsonSchemaValidator
{
    private readonly JsonElement _root;

    private JsonSchemaValidator(JsonElement root) => _root = root;

    /// <param name="root">What $ref paths start from.</param>
    /// <returns>Empty when valid; else one line per violation, with its place.</returns>
    public static IReadOnlyList<string> Validate(JsonElement root, JsonElement schema, JsonElement instance)
    {
        var errors = new List<string>();
        new JsonSchemaValidator(root).Check(schema, instance, "$", errors);
        return errors;
    }

    /// <inheritdoc cref="Validate(JsonElement, JsonElement, JsonElement)"/>
    public static IReadOnlyList<string> Validate(string schema, string instance)
    {
        using var s = JsonDocument.Parse(schema);
        using var i = JsonDocument.Parse(instance);
        return Validate(s.RootElement, s.RootElement, i.RootElement);
    }

    private void Check(JsonElement schema, JsonElement value, string at, List<string> errors)
    {
        if (schema.ValueKind == JsonValueKind.True) return;
        if (schema.ValueKind != JsonValueKind.Object)
        {
            errors.Add($"{at}: nothing is allowed here");
            return;
        }

        if (schema.TryGetProperty("$ref", out var reference)) Check(Find(reference.GetString()!), value, at, errors);
        if (schema.TryGetProperty("type", out var type) && !TypeMatches(type, value))
        {
            errors.Add($"{at}: {value.ValueKind} is not {type}");
            return;
        }

        if (schema.TryGetProperty("enum", out var members) && !members.EnumerateArray().Any(m => JsonElement.DeepEquals(m, value)))
            errors.Add($"{at}: {value.GetRawText()} is not in {members.GetRawText()}");
        if (schema.TryGetProperty("const", out var constant) && !JsonElement.DeepEquals(constant, value))
            errors.Add($"{at}: {value.GetRawText()} is not {constant.GetRawText()}");
        CheckCombinations(schema, value, at, errors);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object: CheckObject(schema, value, at, errors); break;
            case JsonValueKind.Array: CheckArray(schema, value, at, errors); break;
            case JsonValueKind.Number: CheckNumber(schema, value, at, errors); break;
            case JsonValueKind.String: CheckString(schema, value.GetString()!, at, errors); break;
        }
    }

    private void CheckCombinations(JsonElement schema, JsonElement value, string at, List<string> errors)
    {
        if (schema.TryGetProperty("allOf", out var all))
            foreach (var part in all.EnumerateArray()) Check(part, value, at, errors);
        if (schema.TryGetProperty("anyOf", out var any) && Passing(any, value, at, out var why) == 0) errors.Add($"{at}: none of anyOf fits ({why})");
        if (schema.TryGetProperty("oneOf", out var one) && Passing(one, value, at, out why) is var passing and not 1)
            errors.Add($"{at}: {passing} of oneOf fit ({why})");
        if (schema.TryGetProperty("not", out var not) && Errors(not, value, at).Count == 0) errors.Add($"{at}: fits what it must not");
    }

    private int Passing(JsonElement schemas, JsonElement value, string at, out string why)
    {
        var results = schemas.EnumerateArray().Select(s => Errors(s, value, at)).ToList();
        why = string.Join(" | ", results.Select(r => string.Join("; ", r)));
        return results.Count(r => r.Count == 0);
    }

    private List<string> Errors(JsonElement schema, JsonElement value, string at)
    {
        var errors = new List<string>();
        Check(schema, value, at, errors);
        return errors;
    }

    private void CheckObject(JsonElement schema, JsonElement value, string at, List<string> errors)
    {
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _)) errors.Add($"{at}: '{name}' is missing");
        var hasProperties = schema.TryGetProperty("properties", out var properties);
        var hasOthers = schema.TryGetProperty("additionalProperties", out var others);
        foreach (var member in value.EnumerateObject())
        {
            if (hasProperties && properties.TryGetProperty(member.Name, out var property)) Check(property, member.Value, $"{at}.{member.Name}", errors);
            else if (hasOthers) Check(others, member.Value, $"{at}.{member.Name}", errors);
        }

        var count = value.EnumerateObject().Count();
        if (count < Bound(schema, "minProperties")) errors.Add($"{at}: too few properties");
        if (count > Bound(schema, "maxProperties")) errors.Add($"{at}: too many properties");
        if (!schema.TryGetProperty("propertyNames", out var names)) return;
        foreach (var member in value.EnumerateObject())
            Check(names, JsonSerializer.SerializeToElement(member.Name), $"{at}.{member.Name} (name)", errors);
    }

    private void CheckArray(JsonElement schema, JsonElement value, string at, List<string> errors)
    {
        var count = value.GetArrayLength();
        if (count < Bound(schema, "minItems")) errors.Add($"{at}: {count} items are too few");
        if (count > Bound(schema, "maxItems")) errors.Add($"{at}: {count} items are too many");
        var prefixes = schema.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0;
        for (var i = 0; i < Math.Min(prefixes, count); i++) Check(prefix[i], value[i], $"{at}[{i}]", errors);
        if (schema.TryGetProperty("items", out var items))
            for (var i = prefixes; i < count; i++) Check(items, value[i], $"{at}[{i}]", errors);
        if (schema.TryGetProperty("uniqueItems", out var unique) && unique.ValueKind == JsonValueKind.True)
            for (var i = 0; i < count; i++)
                for (var j = 0; j < i; j++)
                    if (JsonElement.DeepEquals(value[i], value[j])) errors.Add($"{at}: items {j} and {i} are equal");
    }

    private static void CheckNumber(JsonElement schema, JsonElement value, string at, List<string> errors)
    {
        var number = value.GetDouble();
        if (number < Bound(schema, "minimum")) errors.Add($"{at}: {number} is below the minimum");
        if (number > Bound(schema, "maximum")) errors.Add($"{at}: {number} is above the maximum");
        if (number <= Bound(schema, "exclusiveMinimum")) errors.Add($"{at}: {number} is not above the exclusive minimum");
        if (number >= Bound(schema, "exclusiveMaximum")) errors.Add($"{at}: {number} is not below the exclusive maximum");
        if (schema.TryGetProperty("multipleOf", out var multiple) && value.TryGetDecimal(out var exact) && exact % multiple.GetDecimal() != 0)
            errors.Add($"{at}: {number} is no multiple of {multiple}");
    }

    private static void CheckString(JsonElement schema, string text, string at, List<string> errors)
    {
        var length = text.EnumerateRunes().Count();
        if (length < Bound(schema, "minLength")) errors.Add($"{at}: '{text}' is too short");
        if (length > Bound(schema, "maxLength")) errors.Add($"{at}: '{text}' is too long");
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!, RegexOptions.CultureInvariant))
            errors.Add($"{at}: '{text}' does not match {pattern}");
        if (schema.TryGetProperty("format", out var format) && !FormatMatches(format.GetString()!, text)) errors.Add($"{at}: '{text}' is no {format}");
    }

    private static bool FormatMatches(string format, string text) => format switch
    {
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date-time" => Regex.IsMatch(text, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "email" => Regex.IsMatch(text, @"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "ipv4" => Regex.IsMatch(text, @"^(\d{1,3}\.){3}\d{1,3}$"),
        _ => true,
    };

    /// <summary>NaN when absent: every comparison with it is false.</summary>
    private static double Bound(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out var bound) && bound.ValueKind == JsonValueKind.Number ? bound.GetDouble() : double.NaN;

    private static bool TypeMatches(JsonElement type, JsonElement value) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(t => TypeMatches(t, value)) : type.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && Math.Floor(value.GetDouble()) == value.GetDouble(),
            var unknown => throw new InvalidOperationException($"Type '{unknown}' is not one of JSON schema's."),
        };

    private JsonElement Find(string path)
    {
        var node = _root;
        foreach (var part in path.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
            node = node.TryGetProperty(part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal), out var next)
                ? next
                : throw new InvalidOperationException("Dangling reference " + path);
        return node;
    }
}
