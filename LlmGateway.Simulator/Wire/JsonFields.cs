using System.Text.Json;

namespace LlmGateway.Simulator.Wire;

/// <summary>
/// Typed reads of a request's fields. An absent or null field reads as null; a wrong type or an out-of-range value is a
/// 400 that names the field.
/// </summary>
internal static class JsonFields
{
    public static JsonElement? Field(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? String(this JsonElement json, string name, string? param = null)
    {
        if (json.Field(name) is not { } value) return null;
        return value.Text(param ?? name);
    }

    public static string Text(this JsonElement value, string param)
    {
        if (value.ValueKind != JsonValueKind.String) throw WrongType(param, "a string", value);
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate is legal JSON and no text.
            throw SimulatorException.BadRequest($"Invalid value for '{param}': the string is not valid Unicode.", param);
        }
    }

    public static bool? Boolean(this JsonElement json, string name, string? param = null) => json.Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw WrongType(param ?? name, "a boolean", other),
    };

    public static int? Integer(this JsonElement json, string name, int min, int max, string? param = null) =>
        (int?)json.Long(name, min, max, param);

    public static long? Long(this JsonElement json, string name, long min = long.MinValue, long max = long.MaxValue, string? param = null)
    {
        if (json.Field(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number) throw WrongType(param ?? name, "an integer", value);
        if (!value.TryGetInt64(out var number))
        {
            // 10.0 is an integer in JSON schema's eyes.
            if (!value.TryGetDouble(out var wide) || Math.Floor(wide) != wide || Math.Abs(wide) > 1e18) throw WrongType(param ?? name, "an integer", value);
            number = (long)wide;
        }

        if (number < min) throw OutOfRange(param ?? name, $"greater than or equal to {min}", "integer_below_min_value");
        if (number > max) throw OutOfRange(param ?? name, $"less than or equal to {max}", "integer_above_max_value");
        return number;
    }

    public static double? Number(this JsonElement json, string name, double min, double max, string? param = null)
    {
        if (json.Field(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number)) throw WrongType(param ?? name, "a number", value);
        if (number < min) throw OutOfRange(param ?? name, $"greater than or equal to {min}", "decimal_below_min_value");
        if (number > max) throw OutOfRange(param ?? name, $"less than or equal to {max}", "decimal_above_max_value");
        return number;
    }

    public static JsonElement? Array(this JsonElement json, string name, string? param = null) => json.Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } array => array,
        { } other => throw WrongType(param ?? name, "an array", other),
    };

    public static JsonElement? Object(this JsonElement json, string name, string? param = null) => json.Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => value,
        { } other => throw WrongType(param ?? name, "an object", other),
    };

    public static SimulatorException Missing(string param) =>
        SimulatorException.BadRequest($"Missing required parameter: '{param}'.", param, "missing_required_parameter");

    public static SimulatorException WrongType(string param, string wanted, JsonElement got) =>
        SimulatorException.BadRequest($"Invalid type for '{param}': expected {wanted}, but got {Name(got)} instead.", param, "invalid_type");

    public static SimulatorException InvalidValue(string param, string message) =>
        SimulatorException.BadRequest($"Invalid value for '{param}': {message}", param, "invalid_value");

    private static SimulatorException OutOfRange(string param, string wanted, string code) =>
        SimulatorException.BadRequest($"Invalid value for '{param}': expected a value {wanted}.", param, code);

    private static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
