using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Routing;

namespace LlmGateway.Standalone;

/// <summary>One aligned line for each provider: what it serves, or why it cannot be used and which setting mends that; and aliases that lead nowhere.</summary>
internal static class ProviderLines
{
    private const int MostModelsShown = 12;

    /// <summary>Services that answer nobody without a key.</summary>
    private static readonly string[] AskForKeys = ["openai", "grok", "xai", "anthropic"];

    public static void Write(StringBuilder text, ModelSnapshot models)
    {
        var heads = models.Providers.ToDictionary(s => s, Head);
        var width = heads.Values.Select(h => h.Length).DefaultIfEmpty().Max();
        foreach (var (state, head) in heads)
        {
            text.Append("  ").Append(head.PadRight(width)).Append(" : ").AppendLine(Tell(state, models));
            if (state.Options.Simulated)
            {
                text.AppendLine("    For real answers start Ollama, or set OLLAMA_BASE_URL, VLLM_BASE_URL, OPENAI_API_KEY, ANTHROPIC_API_KEY, GROK_API_KEY or BEDROCK_ENDPOINT, and start the gateway again.");
            }
        }

        foreach (var (alias, options) in models.Aliases.Where(a => models.Route(a.Key) is null))
        {
            text.Append("  alias ").Append(alias).Append(" \u2192 ").AppendJoin(", ", options.Targets).AppendLine(": not served");
        }
    }

    private static string Head(ProviderState state) =>
        $"{state.Provider.Name} ({(state.Options.Simulated ? "SIMULATED, no real model answers" : $"real, {state.Options.BaseUrl}")})";

    private static string Tell(ProviderState state, ModelSnapshot models)
    {
        var names = models.Models.Where(m => m.Provider == state.Provider).Select(m => m.Name).ToArray();
        var served = string.Join(", ", names.Take(MostModelsShown)) + (names.Length > MostModelsShown ? $", … {names.Length - MostModelsShown} more" : "");
        return state.Error switch
        {
            null => names.Length == 0 ? "no models yet" : served,
            // Nobody wants its list, so that it gives none says little.
            _ when !state.Options.Discover => $"{served} (not checked)",
            _ when LacksKey(state) => $"cannot be used: no ApiKey; set {Setting(state)}:ApiKey (environment: LLM_GATEWAY__{Setting(state).Replace(":", "__", StringComparison.Ordinal)}__ApiKey)",
            { Code: GatewayErrorCode.LoopDetected } => $"cannot be used: {state.Options.BaseUrl} is this gateway itself; change {Setting(state)}:BaseUrl",
            { } error => $"cannot be used: {ErrorMapper.Code(error)}: {error.Message} Look at {Setting(state)}:{(error.Code == GatewayErrorCode.UpstreamCredentials ? "ApiKey" : "BaseUrl")}. {served}".TrimEnd(),
        };
    }

    private static string Setting(ProviderState state) => $"Providers:{state.Provider.Name.Replace("/", ":Endpoints:", StringComparison.Ordinal)}";

    /// <summary>An address of one's own may be a server that asks for none.</summary>
    private static bool LacksKey(ProviderState state) =>
        AskForKeys.Contains(state.Options.Type, StringComparer.OrdinalIgnoreCase) && state.Options.DistinctKeys().Length == 0
        && Uri.TryCreate(state.Options.BaseUrl, UriKind.Absolute, out var url)
        && url.Host is "api.openai.com" or "api.x.ai" or "api.anthropic.com";
}
