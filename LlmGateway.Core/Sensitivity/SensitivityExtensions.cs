using LlmGateway.Core.Pipeline;
using LlmGateway.Settings.Reload;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Sensitivity;

internal static class SensitivityExtensions
{
    public const string Section = "Sensitivity";

    /// <summary>The stage that classifies requests, by section <c>Sensitivity</c> of <paramref name="configuration"/>.</summary>
    public static IServiceCollection AddSensitivity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<SensitivityOptions>(configuration, Section);
        services.AddSingleton<IValidateOptions<SensitivityOptions>, SensitivityOptionsValidator>();
        services.AddSingleton(provider => new SensitivityPolicy(
            configuration,
            provider.GetRequiredService<IOptionsFactory<SensitivityOptions>>(),
            provider.GetRequiredService<SettingsReloader>(),
            provider.GetServices<IPolicyObserver>(),
            provider.GetRequiredService<ILogger<SensitivityPolicy>>()));
        services.AddSingleton<IGatewayStage, SensitivityStage>();
        return services;
    }
}
