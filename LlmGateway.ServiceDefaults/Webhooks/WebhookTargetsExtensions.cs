using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Webhooks;

public static class WebhookTargetsExtensions
{
    private const string WellKnownKey = "WEBHOOK_SIGNING_KEY";

    /// <summary>Which addresses may be called, and the secrets of receivers. Doing it twice changes nothing.</summary>
    public static IServiceCollection AddWebhookTargets(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(service => service.ServiceType == typeof(IWebhookTargets)))
        {
            return services;
        }

        services.AddSettings<WebhookOptions>(configuration, WebhookOptions.Section, options =>
        {
            if (string.IsNullOrWhiteSpace(options.SigningKey))
            {
                options.SigningKey = configuration[WellKnownKey];
            }
        });
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddSingleton<IWebhookTargets, WebhookTargets>();
        services.TryAddSingleton<INameResolver, SystemNameResolver>();
        services.AddSingleton<WebhookConnector>();
        services.AddSingleton<WebhookSigner>();
        return services;
    }
}
