using System.Globalization;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>What the configuration says about calls to one Ollama server.</summary>
internal sealed class OllamaSettings(ProviderOptions options)
{
    private readonly ContextLengths _contextLengths = new(options);

    /// <summary>The configured context window in tokens; null leaves it to the server.</summary>
    public int? ContextLength(ProviderCall call) => _contextLengths.Find(call);

    /// <summary>What is wrong with the request's own <c>keep_alive</c>; null for nothing.</summary>
    public GatewayError? CheckKeepAlive(JsonElement request) => KeepAlive.Check(request, options);

    /// <summary>
    /// Writes <c>keep_alive</c>: the request's own value, or the configured one. Ollama reads a bare number as seconds and a string
    /// as a duration with a unit, so that <c>"-1"</c> is an error there and must be sent as a number.
    /// </summary>
    public void WriteKeepAlive(JsonElement request, Utf8JsonWriter json)
    {
        var isAsked = JsonText.TryGet(request, "keep_alive"u8, out var asked);
        if (isAsked && asked.ValueKind != JsonValueKind.String)
        {
            json.WriteRaw("keep_alive"u8, asked);
            return;
        }

        var text = isAsked ? asked.GetString() : options.KeepAlive;
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds))
        {
            json.WriteNumber("keep_alive"u8, seconds);
        }
        else
        {
            json.WriteString("keep_alive"u8, text.Trim());
        }
    }
}
