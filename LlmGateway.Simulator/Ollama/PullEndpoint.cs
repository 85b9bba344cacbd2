using System.Globalization;
using System.Text.RegularExpressions;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>
/// POST /api/pull: progress in lines, and a model at the end. Every name is in the registry that is simulated, except those that begin
/// with <c>missing</c>. A new model is what its name says: <c>llama3.2:3b</c> has 3 billion parameters, <c>nomic-embed-text</c> embeds.
/// </summary>
internal static partial class PullEndpoint
{
    private const int Steps = 10;

    private static readonly (string Word, ModelCapabilities Adds)[] Hints =
    [
        ("vision", ModelCapabilities.Vision), ("llava", ModelCapabilities.Vision), ("-vl", ModelCapabilities.Vision), ("gemma3", ModelCapabilities.Vision),
        ("qwen3", ModelCapabilities.Thinking), ("deepseek-r1", ModelCapabilities.Thinking), ("gpt-oss", ModelCapabilities.Thinking),
    ];

    public static async Task HandleAsync(Exchange exchange)
    {
        var body = exchange.ParseBody();
        await exchange.BeginAsync();
        var name = body.String("model") is { Length: > 0 } asked ? asked : body.String("name") ?? "";
        if (name.Length == 0 || name.Any(char.IsWhiteSpace)) throw OllamaFields.Refused(400, "invalid model name");
        if (body.Boolean("stream") ?? true)
        {
            await StreamAsync(exchange, name);
            return;
        }

        if (IsMissing(name)) throw OllamaFields.Refused(500, "pull model manifest: file does not exist");
        await Task.Delay(exchange.Options.PullTime, exchange.Time, exchange.Aborted);
        Put(exchange, name);
        await WriteStatusAsync(exchange, "success", whole: true);
    }

    private static async Task StreamAsync(Exchange exchange, string name)
    {
        await exchange.StartStreamAsync();
        await WriteStatusAsync(exchange, "pulling manifest");
        if (IsMissing(name))
        {
            await exchange.WriteFrameAsync(FrameKind.Last, "pull model manifest: file does not exist", static (json, message) =>
            {
                json.WriteStartObject();
                json.WriteString("error"u8, message);
                json.WriteEndObject();
            });
            await exchange.EndStreamAsync();
            return;
        }

        var size = exchange.Catalog.TryGet(name, out var known) ? known.SizeBytes : Describe(name).SizeBytes;
        // A model that is there already is found whole.
        await WriteLayerAsync(exchange, OllamaModelJson.Digest(name), size, known is null ? exchange.Options.PullTime : TimeSpan.Zero);
        await WriteLayerAsync(exchange, OllamaModelJson.Digest(name + "/template"), 1_429, TimeSpan.Zero);
        await WriteStatusAsync(exchange, "verifying sha256 digest");
        await WriteStatusAsync(exchange, "writing manifest");
        Put(exchange, name);
        await WriteStatusAsync(exchange, "success");
        await exchange.EndStreamAsync();
    }

    private static async Task WriteLayerAsync(Exchange exchange, string digest, long total, TimeSpan time)
    {
        for (var step = time == TimeSpan.Zero ? Steps : 0; step <= Steps; step++)
        {
            await exchange.WriteFrameAsync(FrameKind.Content, (digest, total, total / Steps * step, step == Steps), static (json, s) =>
            {
                json.WriteStartObject();
                json.WriteString("status"u8, "pulling " + s.digest[..12]);
                json.WriteString("digest"u8, "sha256:" + s.digest);
                json.WriteNumber("total"u8, s.total);
                var completed = s.Item4 ? s.total : s.Item3;
                if (completed > 0) json.WriteNumber("completed"u8, completed);
                json.WriteEndObject();
            });
            if (step < Steps) await Task.Delay(time / Steps, exchange.Time, exchange.Aborted);
        }
    }

    private static async Task WriteStatusAsync(Exchange exchange, string status, bool whole = false)
    {
        static void Write(System.Text.Json.Utf8JsonWriter json, string text)
        {
            json.WriteStartObject();
            json.WriteString("status"u8, text);
            json.WriteEndObject();
        }

        if (whole) await exchange.WriteJsonAsync(200, status, Write);
        else await exchange.WriteFrameAsync(status == "success" ? FrameKind.Last : FrameKind.Content, status, Write);
    }

    private static bool IsMissing(string name) => name.StartsWith("missing", StringComparison.Ordinal);

    private static void Put(Exchange exchange, string name)
    {
        if (!exchange.Catalog.TryGet(name, out _)) exchange.Catalog.Put(Describe(name) with { Created = exchange.Time.GetUtcNow() });
    }

    private static SimulatedModel Describe(string name)
    {
        var size = SizePattern().Match(name);
        var billions = size.Success
            ? double.Parse(size.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * (size.Groups[2].ValueSpan is "m" ? 0.001 : 1)
            : 3.2;
        var embeds = name.Contains("embed", StringComparison.OrdinalIgnoreCase) || name.Contains("minilm", StringComparison.OrdinalIgnoreCase);
        var capabilities = embeds ? ModelCapabilities.Embedding : ModelCapabilities.Completion | ModelCapabilities.Tools | ModelCapabilities.Insert;
        foreach (var (word, adds) in Hints)
            if (!embeds && name.Contains(word, StringComparison.OrdinalIgnoreCase)) capabilities |= adds;
        return new SimulatedModel
        {
            Name = name,
            ParameterSize = billions < 1 ? FormattableString.Invariant($"{billions * 1000:0.##}M") : FormattableString.Invariant($"{billions:0.#}B"),
            // Four bits a weight and a little more.
            SizeBytes = (long)(billions * 620_000_000),
            Capabilities = capabilities,
        };
    }

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(b|m)\b", RegexOptions.IgnoreCase)]
    private static partial Regex SizePattern();
}
