using LlmGateway.Core.Pipeline;
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
        // Configured and not bound: a reload must not throw where it is noticed. The policy looks by itself.
        services.AddOptions<SensitivityOptions>().Configure(options => configuration.GetSection(Section).Bind(options)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SensitivityOptions>, SensitivityOptionsValidator>();
        services.AddSingleton(provider => new SensitivityPolicy(
            configuration, provider.GetRequiredService<IOptions<SensitivityOptions>>(), provider.GetRequiredService<ILogger<SensitivityPolicy>>()));
        services.AddSingleton<IGatewayStage, SensitivityStage>();
        return services;
    }
}
