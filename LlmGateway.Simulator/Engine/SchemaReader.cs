using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmGateway.Simulator.Engine;

/// <summary>Follows references, merges allOf and picks alternatives, so that what is left is one plain schema object.</summary>
internal sealed class SchemaReader(JsonNode? root)
{
    private const int MaxReferences = 32;
    private const int Infinite = int.MaxValue / 4;

    public JsonNode? Root { get; } = root;

    public static string? TypeOf(JsonObject schema, bool shortest)
    {
        switch (schema["type"])
        {
            case JsonArray types:
                var names = Strings(types).ToList();
                if (shortest && names.Contains("null")) return "null";
                return names.FirstOrDefault(n => n != "null") ?? "null";
            case JsonValue value when value.TryGetValue<string>(out var name):
                return name;
        }

        if (schema.ContainsKey("properties") || schema.ContainsKey("required") || schema.ContainsKey("additionalProperties")) return "object";
        if (schema.ContainsKey("items") || schema.ContainsKey("minItems") || schema.ContainsKey("prefixItems")) return "array";
        if (schema.ContainsKey("minimum") || schema.ContainsKey("maximum") || schema.ContainsKey("multipleOf")) return "number";
        return "string";
    }

    public static IEnumerable<string> Strings(JsonNode? node) =>
        node is JsonArray array
            ? array.Select(n => n is JsonValue v && v.TryGetValue<string>(out var s) ? s : null).OfType<string>()
            : [];

    public static decimal? Number(JsonObject schema, string name)
    {
        if (schema[name] is not JsonValue value || value.GetValueKind() != JsonValueKind.Number) return null;
        if (value.TryGetValue<decimal>(out var exact)) return exact;
        // Beyond decimal's range the bound does not bind any number generated here.
        return value.TryGetValue<double>(out var wide) ? (wide > 0 ? decimal.MaxValue / 1000 : decimal.MinValue / 1000) : null;
    }

    public static int? Integer(JsonObject schema, string name) =>
        Number(schema, name) is { } n ? (int)Math.Clamp(n, 0, int.MaxValue) : null;

    public JsonObject Resolve(JsonNode? node, bool shortest, int variation)
    {
        var schema = Dereference(node);
        if (schema["allOf"] is JsonArray all)
        {
            var merged = Without(schema, "allOf");
            foreach (var part in all) merged = Merge(merged, Resolve(part, shortest, variation));
            schema = merged;
        }

        foreach (var keyword in (ReadOnlySpan<string>)["anyOf", "oneOf"])
        {
            if (schema[keyword] is not JsonArray { Count: > 0 } options) continue;
            schema = Merge(Without(schema, keyword), Resolve(PickOption(options, shortest), shortest, variation));
        }

        return schema;
    }

    /// <summary>Whether a schema can be satisfied without ever entering itself again.</summary>
    public bool IsFinite(JsonNode? node) => Cost(node, []) < Infinite;

    private JsonNode? PickOption(JsonArray options, bool shortest)
    {
        if (shortest) return options.MinBy(o => Cost(o, []));
        return options.FirstOrDefault(o => !IsNull(o) && IsFinite(o)) ?? options[0];
    }

    private static bool IsNull(JsonNode? node) => node is JsonObject o && TypeOf(o, false) == "null" && o["type"] is not null;

    private JsonObject Dereference(JsonNode? node)
    {
        var schema = node as JsonObject ?? [];
        for (var i = 0; schema["$ref"] is JsonValue reference; i++)
        {
            if (i >= MaxReferences) throw SimulatorException.BadSchema("A $ref in the schema refers to itself.");
            var path = reference.GetValue<string>();
            var rest = Without(schema, "$ref");
            var target = Find(path) as JsonObject ?? throw SimulatorException.BadSchema($"The schema's $ref '{path}' cannot be resolved.");
            schema = rest.Count == 0 ? target : Merge(rest, target);
        }

        return schema;
    }

    private JsonNode? Find(string path)
    {
        if (!path.StartsWith('#')) return null;
        var node = Root;
        foreach (var part in path[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            node = node switch
            {
                JsonObject o => o[name],
                JsonArray a when int.TryParse(name, out var i) && i < a.Count => a[i],
                _ => null,
            };
        }

        return node;
    }

    /// <summary>Nesting needed at least: 1 for a scalar, <see cref="Infinite"/> for what contains itself by necessity.</summary>
    private int Cost(JsonNode? node, HashSet<string> entered)
    {
        if (node is not JsonObject schema) return 1;
        if (schema["$ref"] is JsonValue reference)
        {
            var path = reference.GetValue<string>();
            if (!entered.Add(path)) return Infinite;
            var cost = Cost(Find(path), entered);
            entered.Remove(path);
            return cost;
        }

        var total = 1;
        if (schema["anyOf"] is JsonArray any) total = Math.Max(total, any.Min(o => Cost(o, entered)));
        if (schema["oneOf"] is JsonArray one) total = Math.Max(total, one.Min(o => Cost(o, entered)));
        if (schema["allOf"] is JsonArray all) total = Math.Max(total, all.Max(o => Cost(o, entered)));
        if (schema["type"] is JsonArray types && Strings(types).Contains("null")) return total;
        if (schema["properties"] is JsonObject properties)
            foreach (var name in Strings(schema["required"]))
                if (properties[name] is { } property) total = Math.Max(total, Bounded(Cost(property, entered)));
        if (schema["items"] is JsonObject items && Integer(schema, "minItems") > 0) total = Math.Max(total, Bounded(Cost(items, entered)));
        return total;
    }

    private static int Bounded(int cost) => cost >= Infinite ? Infinite : cost + 1;

    private static JsonObject Without(JsonObject schema, string keyword)
    {
        var copy = new JsonObject();
        foreach (var (name, value) in schema)
            if (name != keyword) copy[name] = value?.DeepClone();
        return copy;
    }

    private static JsonObject Merge(JsonObject left, JsonObject right)
    {
        var result = Without(left, "$ref");
        foreach (var (name, value) in right)
        {
            result[name] = !result.ContainsKey(name) ? value?.DeepClone() : name switch
            {
                "properties" => MergeProperties((JsonObject)result[name]!, value as JsonObject ?? []),
                "required" => new JsonArray([.. Strings(result[name]).Union(Strings(value)).Select(s => JsonValue.Create(s))]),
                "enum" => Common((JsonArray)result[name]!, value as JsonArray ?? []),
                "type" => CommonType(result[name], value),
                "minimum" or "exclusiveMinimum" or "minLength" or "minItems" or "minProperties" => Extreme(result, right, name, largest: true),
                "maximum" or "exclusiveMaximum" or "maxLength" or "maxItems" or "maxProperties" => Extreme(result, right, name, largest: false),
                _ => result[name]?.DeepClone(),
            };
        }

        return result;
    }

    private static JsonObject MergeProperties(JsonObject left, JsonObject right)
    {
        var result = (JsonObject)left.DeepClone();
        foreach (var (name, value) in right)
            result[name] = result[name] is { } both ? new JsonObject { ["allOf"] = new JsonArray(both.DeepClone(), value?.DeepClone()) } : value?.DeepClone();
        return result;
    }

    private static JsonArray Common(JsonArray left, JsonArray right) =>
        new([.. left.Where(l => right.Any(r => JsonNode.DeepEquals(l, r))).Select(l => l?.DeepClone())]);

    private static JsonArray CommonType(JsonNode? left, JsonNode? right)
    {
        static IEnumerable<string> Names(JsonNode? n) => n is JsonArray ? Strings(n) : n is JsonValue v ? [v.GetValue<string>()] : [];
        var rights = Names(right).ToHashSet();
        var common = Names(left).Where(l => rights.Contains(l) || (l == "integer" && rights.Contains("number"))).ToList();
        if (Names(left).Contains("number") && rights.Contains("integer")) common.Add("integer");
        return new JsonArray([.. common.Select(s => JsonValue.Create(s))]);
    }

    private static JsonValue Extreme(JsonObject left, JsonObject right, string name, bool largest)
    {
        var a = Number(left, name) ?? 0;
        var b = Number(right, name) ?? a;
        return JsonValue.Create(largest ? Math.Max(a, b) : Math.Min(a, b));
    }
}
