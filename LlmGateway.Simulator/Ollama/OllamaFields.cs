using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>Fields that several endpoints share, with Ollama's own words about what is wrong with them.</summary>
internal static partial class OllamaFields
{
    private const string DefaultTag = ":latest";

    /// <summary>Never unloads.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromTicks(-1);

    public static SimulatorException Refused(int status, string message) => new(status, message, "invalid_request_error");

    public static SimulatorException NotFound(string model) => Refused(404, $"model '{model}' not found");

    /// <summary>The request's model, which must be there.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="body">The request.</param>
    /// <param name="missing">Status of the answer when no model is named.</param>
    public static SimulatedModel FindModel(Exchange exchange, JsonElement body, int missing = 400)
    {
        var requested = body.String("model") is { Length: > 0 } model ? model : body.String("name") ?? "";
        if (requested.Length == 0) throw missing == 404 ? NotFound(requested) : Refused(missing, "model is required");
        var (name, _) = RequestedName.Split(requested, exchange.Catalog);
        return exchange.Catalog.TryGet(name, out var found) ? found : throw NotFound(requested);
    }

    /// <summary>The name with its tag.</summary>
    public static string FullName(string model) => model.Contains(':', StringComparison.Ordinal) ? model : model + DefaultTag;

    /// <summary>Null when not told; zero unloads at once, negative never.</summary>
    public static TimeSpan? ReadKeepAlive(JsonElement body)
    {
        if (body.Field("keep_alive") is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number)
        {
            var seconds = value.GetDouble();
            return seconds < 0 ? Forever : TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2));
        }

        if (value.ValueKind != JsonValueKind.String) throw Refused(400, $"Unsupported type: '{value.ValueKind}'");
        return ParseDuration(value.Text("keep_alive"));
    }

    /// <summary>Tokens of prompt and answer together.</summary>
    public static int ReadWindow(JsonElement body, SimulatedModel model) =>
        Math.Min(ReadOptionInteger(body, "num_ctx") is { } asked and > 0 ? asked : DefaultWindow, model.ContextLength);

    /// <summary>What a server on a small machine gives a request that asks for nothing (source: docs/context-length.mdx).</summary>
    public const int DefaultWindow = 4096;

    public static int? ReadOptionInteger(JsonElement body, string name)
    {
        if (Options(body)?.Field(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number ? (int)Math.Clamp(value.GetDouble(), int.MinValue, int.MaxValue) : throw BadOption(name, "integer");
    }

    public static double? ReadOptionNumber(JsonElement body, string name)
    {
        if (Options(body)?.Field(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw BadOption(name, "float32");
    }

    public static List<string> ReadStop(JsonElement body)
    {
        if (Options(body)?.Field("stop") is not { } value) return [];
        if (value.ValueKind != JsonValueKind.Array) throw BadOption("stop", "array");
        return [.. value.EnumerateArray().Select(s => s.ValueKind == JsonValueKind.String ? s.Text("stop") : throw Refused(500, "option \"stop\" must be of an array of strings"))];
    }

    public static ResponseFormat ReadFormat(JsonElement body)
    {
        if (body.Field("format") is not { } format || (format.ValueKind == JsonValueKind.String && format.ValueEquals(""))) return ResponseFormat.Text;
        if (format.ValueKind == JsonValueKind.String && format.ValueEquals("json")) return ResponseFormat.JsonObject;
        if (format.ValueKind == JsonValueKind.Object) return new ResponseFormat(ResponseFormatKind.JsonSchema, format);
        throw Refused(500, $"invalid format: {JsonSerializer.Serialize(format.GetRawText())}; expected \"json\" or a valid JSON Schema object");
    }

    /// <summary>Whether the answer begins with thoughts. A model that can think does unless told not to.</summary>
    public static bool ReadThink(JsonElement body, SimulatedModel model, string requested)
    {
        var can = model.Can(ModelCapabilities.Thinking);
        if (body.Field("think") is not { } think) return can;
        var wants = think.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String when think.Text("think") is "low" or "medium" or "high" or "max" => true,
            JsonValueKind.String => throw Refused(400, $"invalid think value: \"{think.Text("think")}\" (must be \"high\", \"medium\", \"low\", \"max\", true, or false)"),
            _ => throw Refused(400, "think must be a boolean or string (\"high\", \"medium\", \"low\", \"max\", true, or false)"),
        };
        return !wants || can ? wants : throw Refused(400, $"\"{requested}\" does not support thinking");
    }

    /// <summary>How many images; each must be base64.</summary>
    public static int CountImages(JsonElement holder)
    {
        if (holder.Array("images") is not { } images) return 0;
        foreach (var image in images.EnumerateArray())
            if (image.ValueKind != JsonValueKind.String || !image.TryGetBytesFromBase64(out _))
                throw Refused(400, "illegal base64 data at input byte 0");
        return images.GetArrayLength();
    }

    private static JsonElement? Options(JsonElement body) => body.Object("options");

    private static SimulatorException BadOption(string name, string type) => Refused(500, $"option \"{name}\" must be of type {type}");

    /// <summary>Go's notation: numbers with units, such as <c>1h30m</c> or <c>-1m</c>.</summary>
    private static TimeSpan ParseDuration(string text)
    {
        var negative = text.StartsWith('-');
        var rest = text.TrimStart('-', '+');
        var parts = DurationPart().Matches(rest);
        if (rest == "0") return TimeSpan.Zero;
        if (parts.Count == 0 || parts.Sum(p => p.Length) != rest.Length)
            throw Refused(400, $"time: {(rest.Length > 0 && rest.All(c => char.IsAsciiDigit(c) || c == '.') ? "missing unit in" : "invalid")} duration \"{text}\"");
        if (negative) return Forever;
        return TimeSpan.FromSeconds(parts.Sum(p => double.Parse(p.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * p.Groups[2].Value switch
        {
            "h" => 3600, "m" => 60, "s" => 1, "ms" => 1e-3, "ns" => 1e-9, _ => 1e-6,
        }));
    }

    [GeneratedRegex(@"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")]
    private static partial Regex DurationPart();
}
