using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// What a request may say with <c>keep_alive</c>: the memory of the server is everybody's, so none may keep a model there for ever or throw it
/// out. Ollama takes seconds as a number, or a duration of Go (<c>1h30m</c>; source: api/types.go, <c>Duration.UnmarshalJSON</c>).
/// </summary>
internal static partial class KeepAlive
{
    private const string Name = "keep_alive";

    /// <summary>What is wrong with it; null when it is absent or within what the configuration allows.</summary>
    public static GatewayError? Check(JsonElement request, ProviderOptions options)
    {
        if (!JsonText.TryGet(request, "keep_alive"u8, out var asked))
        {
            return null;
        }

        if (Seconds(asked) is not { } seconds)
        {
            return GatewayError.Invalid(Name, "invalid_type", $"Invalid type for '{Name}': expected seconds or a duration such as '10m'.");
        }

        var most = options.MaxKeepAlive.TotalSeconds;
        if (most <= 0)
        {
            return FieldPolicy.Unsupported(Name, "How long a model stays loaded is not for requests to say here (Providers:NAME:MaxKeepAlive is 0).");
        }

        return seconds > 0 && seconds <= most ? null : GatewayError.Invalid(
            Name, "invalid_value",
            string.Create(CultureInfo.InvariantCulture, $"Invalid '{Name}': it must be more than 0 and at most {most:0.###} s (Providers:NAME:MaxKeepAlive), for the server's memory is shared."));
    }

    private static double? Seconds(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            return value.GetDouble();
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var text = value.GetString()!.Trim();
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            return number;
        }

        var duration = GoDuration().Match(text);
        if (!duration.Success)
        {
            return null;
        }

        var sum = 0.0;
        for (var i = 0; i < duration.Groups["number"].Captures.Count; i++)
        {
            sum += double.Parse(duration.Groups["number"].Captures[i].ValueSpan, CultureInfo.InvariantCulture) * UnitSeconds(duration.Groups["unit"].Captures[i].Value);
        }

        return duration.Groups["sign"].Value == "-" ? -sum : sum;
    }

    private static double UnitSeconds(string unit) => unit switch
    {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        "ms" => 1e-3,
        "ns" => 1e-9,
        _ => 1e-6,
    };

    [GeneratedRegex(@"^(?<sign>[+-]?)((?<number>[0-9]{1,18}(\.[0-9]{1,18})?)(?<unit>h|ms|m|s|us|µs|μs|ns)){1,16}$", RegexOptions.CultureInvariant)]
    private static partial Regex GoDuration();
}
