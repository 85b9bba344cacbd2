using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmGateway.Simulator.Engine;

/// <summary>
/// Makes an instance of a JSON schema, filled from the prompt where that is valid: strings from its phrases, numbers
/// from its numbers, enums from a member it mentions (else the first).
/// Understands type (also a list), properties, required, additionalProperties, minProperties, enum, const, items,
/// prefixItems, minItems, maxItems, uniqueItems, minimum, maximum, exclusive bounds, multipleOf, minLength, maxLength,
/// pattern and format (see <see cref="StringInstances"/>), anyOf, oneOf, allOf, $ref to #, #/$defs and #/definitions.
/// Recursion ends: below <see cref="OptionalDepth"/> optional parts are left out and the shortest alternative is taken.
/// </summary>
/// <exception cref="SimulatorException">400 invalid_request_error: a schema that has no finite instance or a dangling $ref.</exception>
internal sealed class SchemaInstances
{
    private const int OptionalDepth = 5;
    private const int MaxDepth = 48;
    private const int MaxItems = 10_000;

    private readonly SchemaReader _schemas;
    private readonly PromptReader _prompt;
    private readonly StringInstances _strings;
    private readonly int _variation;

    public SchemaInstances(JsonElement schema, PromptReader prompt, int variation)
    {
        _schemas = new SchemaReader(JsonNode.Parse(schema.GetRawText()));
        _prompt = prompt;
        _strings = new StringInstances(prompt);
        _variation = variation;
    }

    public string Generate()
    {
        try
        {
            return Make(_schemas.Root, 0, _variation)?.ToJsonString(SimulatorJson.SerializerOptions) ?? "null";
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or OverflowException)
        {
            // A keyword with a value of the wrong type, or a bound beyond decimal arithmetic.
            throw SimulatorException.BadSchema("The schema is not a valid JSON schema.");
        }
    }

    private JsonNode? Make(JsonNode? node, int depth, int variation)
    {
        if (depth > MaxDepth) throw SimulatorException.BadSchema("The schema has no finite instance.");
        if (node is JsonValue) return JsonValue.Create(0);
        var schema = _schemas.Resolve(node, depth > OptionalDepth, variation);
        if (schema["const"] is { } constant) return constant.DeepClone();
        if (schema.ContainsKey("const")) return null;
        if (schema["enum"] is JsonArray { Count: > 0 } members) return Member(members, variation);
        return SchemaReader.TypeOf(schema, depth > OptionalDepth) switch
        {
            "object" => MakeObject(schema, depth, variation),
            "array" => MakeArray(schema, depth, variation),
            "string" => JsonValue.Create(_strings.Make(schema, variation)),
            "integer" => MakeNumber(schema, true, variation),
            "number" => MakeNumber(schema, false, variation),
            "boolean" => JsonValue.Create(variation % 2 == 0),
            _ => null,
        };
    }

    private JsonNode? Member(JsonArray members, int variation)
    {
        var mentioned = members.FirstOrDefault(m => m is JsonValue v && v.TryGetValue<string>(out var s) && _prompt.Words.Contains(s))
            ?? members.FirstOrDefault(m => m is JsonValue v && v.TryGetValue<string>(out var s) && s.Length > 2 && _prompt.Mentions(s));
        if (mentioned is not null && variation < ItemVariation) return mentioned.DeepClone();
        return members[variation < ItemVariation ? 0 : variation % ItemVariation % members.Count]?.DeepClone();
    }

    // Array items vary by their place, the rest of the instance by seed and choice; the two must not be mixed up.
    private const int ItemVariation = 1 << 20;

    private JsonObject MakeObject(JsonObject schema, int depth, int variation)
    {
        var result = new JsonObject();
        var required = SchemaReader.Strings(schema["required"]).ToHashSet();
        var place = variation;
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            var needed = required.Remove(name);
            if (!needed && (depth >= OptionalDepth || !_schemas.IsFinite(property))) continue;
            result[name] = Make(property, depth + 1, place++);
        }

        var others = schema["additionalProperties"];
        foreach (var name in required) result[name] = Make(others is JsonObject ? others : TextSchema(), depth + 1, place++);

        var wanted = SchemaReader.Integer(schema, "minProperties") ?? (others is JsonObject && result.Count == 0 && depth < OptionalDepth ? 1 : 0);
        for (var i = 1; result.Count < wanted; i++)
        {
            var name = "key" + i.ToString(CultureInfo.InvariantCulture);
            if (!result.ContainsKey(name)) result[name] = Make(others is JsonObject ? others : TextSchema(), depth + 1, place++);
        }

        return result;
    }

    private JsonArray MakeArray(JsonObject schema, int depth, int variation)
    {
        var result = new JsonArray();
        var min = Math.Min(SchemaReader.Integer(schema, "minItems") ?? 0, MaxItems);
        var max = SchemaReader.Integer(schema, "maxItems") ?? int.MaxValue;
        var items = schema["items"];
        var closed = items is JsonValue v && v.TryGetValue<bool>(out var allowed) && !allowed;
        foreach (var prefix in schema["prefixItems"] as JsonArray ?? [])
            if (result.Count < max) result.Add(Make(prefix, depth + 1, variation));

        var wanted = depth >= OptionalDepth || closed || (items is not null && !_schemas.IsFinite(items)) ? min : Math.Max(min, 2);
        var distinct = schema["uniqueItems"] is JsonValue u && u.TryGetValue<bool>(out var unique) && unique;
        var seen = distinct ? result.Select(n => n?.ToJsonString() ?? "null").ToHashSet() : null;
        for (var attempt = 0; result.Count < Math.Min(wanted, max) && attempt < (MaxItems * 2); attempt++)
        {
            var item = Make(items is JsonObject ? items : TextSchema(), depth + 1, ItemVariation + attempt);
            if (seen is null || seen.Add(item?.ToJsonString() ?? "null")) result.Add(item);
            else if (result.Count >= min && attempt > 16) break;
        }

        return result;
    }

    private JsonValue MakeNumber(JsonObject schema, bool integer, int variation)
    {
        var low = Largest(SchemaReader.Number(schema, "minimum"), SchemaReader.Number(schema, "exclusiveMinimum"));
        var high = Smallest(SchemaReader.Number(schema, "maximum"), SchemaReader.Number(schema, "exclusiveMaximum"));
        var step = SchemaReader.Number(schema, "multipleOf") is { } m && m > 0 ? m : (decimal?)null;
        if (integer && step is { } s && decimal.Truncate(s) != s) step = WholeStep(s);

        bool Valid(decimal n) =>
            (!integer || decimal.Truncate(n) == n) && (step is null || n % step == 0)
            && !(n < SchemaReader.Number(schema, "minimum")) && !(n > SchemaReader.Number(schema, "maximum"))
            && !(n <= SchemaReader.Number(schema, "exclusiveMinimum")) && !(n >= SchemaReader.Number(schema, "exclusiveMaximum"));

        var place = variation % ItemVariation;
        if (variation < ItemVariation)
            foreach (var n in _prompt.Numbers.Where(Valid)) return Number(n, integer);

        var unit = step ?? (integer || low is null || high is null || high - low > 2 ? 1m : (high.Value - low.Value) / 16);
        var first = low is { } l ? Math.Ceiling(l / unit) * unit : high is { } h && h < unit ? Math.Floor(h / unit) * unit : unit;
        var offset = low is null && high is not null ? -unit : unit;
        for (var i = 0; i < 8; i++)
        {
            // The place moves the number inside its bounds; without room the nearest valid one is taken.
            var n = first + (offset * (i == 0 ? place : i - 1));
            if (Valid(n)) return Number(n, integer);
        }

        if (low is { } a && high is { } b && !integer && step is null && Valid((a + b) / 2)) return Number((a + b) / 2, false);
        throw SimulatorException.BadSchema("A number in the schema has no valid value.");
    }

    private static decimal WholeStep(decimal step)
    {
        var whole = step;
        for (var i = 2; decimal.Truncate(whole) != whole && i <= 10_000; i++) whole = step * i;
        return whole;
    }

    private static JsonValue Number(decimal n, bool integer) =>
        integer && n is >= long.MinValue and <= long.MaxValue ? JsonValue.Create((long)n) : JsonValue.Create(n);

    private static JsonObject TextSchema() => new() { ["type"] = "string" };

    private static decimal? Largest(decimal? a, decimal? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);

    private static decimal? Smallest(decimal? a, decimal? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);
}
