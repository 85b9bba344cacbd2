using LlmGateway.ServiceDefaults.Webhooks;

namespace LlmGateway.Worker.Webhooks;

internal static class WebhooksExtensions
{
    /// <summary>Delivers the webhooks of ended jobs. Needs an <c>IWebhookOutbox</c>.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddWebhookTargets(configuration);
        services.AddSingleton<WebhookNudge>();
        services.AddSingleton<IWebhookNudge>(provider => provider.GetRequiredService<WebhookNudge>());
        services.AddSingleton<WebhookSender>();
        services.AddHostedService<WebhookDelivery>();
        return services;
    }
}
