using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Routing;

namespace LlmGateway.Api.Query;

/// <summary>What a plain request asks for, in names of the catalogue.</summary>
/// <param name="Model">The name that the router is asked for.</param>
/// <param name="OnlyProvider">The provider that alone may answer; null when any may.</param>
internal readonly record struct ModelChoice(string Model, string? OnlyProvider)
{
    /// <summary>Leaves provider or model to the gateway.</summary>
    public const string Auto = ModelSnapshot.Auto;

    private const int LongestNameShown = 100;
    private static readonly TimeSpan RetryWhenGone = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Without a provider the model decides, and without a model the gateway. A provider's name alone means the model that it prefers.
    /// </summary>
    public static async ValueTask<(ModelChoice Choice, GatewayError? Error)> MakeAsync(
        ModelDirectory directory, string? provider, string? model, ModelCapabilities needed, Caller caller, CancellationToken aborted)
    {
        if (provider is null or Auto)
        {
            return (new ModelChoice(model ?? Auto, null), null);
        }

        if (!directory.IsReady)
        {
            await directory.RefreshAsync(aborted);
        }

        var models = directory.Current;
        var states = models.Providers.Where(p => p.Source.Group == provider).ToArray();
        if (states.Length == 0)
        {
            return (default, GatewayError.Invalid(
                "provider", "invalid_value", $"Invalid value for 'provider': there is no provider '{Shorten(provider)}'. GET /providers lists those there are."));
        }

        if (model is not null and not Auto)
        {
            var qualified = $"{provider}/{model}";
            var isQualified = models.Route(qualified) is null && model.StartsWith($"{provider}/", StringComparison.Ordinal);
            return (new ModelChoice(isQualified ? model : qualified, provider), null);
        }

        return models.Preferred(provider, needed, caller) is { } preferred
            ? (new ModelChoice($"{provider}/{preferred.Name}", provider), null)
            : (default, NoModel(provider, needed, states));
    }

    private static GatewayError NoModel(string provider, ModelCapabilities needed, ProviderState[] states) => states.All(s => s.Error is not null)
        ? new GatewayError(GatewayErrorCode.UpstreamUnavailable, $"Provider '{provider}' cannot be used at the moment, and it is not known which models it has.") { RetryAfter = RetryWhenGone }
        : new GatewayError(GatewayErrorCode.ModelNotFound, $"Provider '{provider}' has no model that is known for: {string.Join(", ", CapabilityNames.Names(needed))}.") { Param = "provider" };

    private static string Shorten(string name) => name.Length > LongestNameShown ? string.Concat(name.AsSpan(0, LongestNameShown), "…") : name;
}
