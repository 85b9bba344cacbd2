using LlmGateway.ServiceDefaults.Infrastructure;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmGateway.Api.Authentication;

internal static class DatabaseKeysExtensions
{
    /// <summary>Keys are also looked for in the database of <c>AddGatewayData</c>; replicas tell each other of changes where there is Redis.</summary>
    public static IHostApplicationBuilder AddDatabaseKeys(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.Configure<KeysRequirement>(keys => keys.HasDatabase = true);
        services.TryAddSingleton<DatabaseApiKeyStore>();
        services.TryAddSingleton<IApiKeyStore>(provider => provider.GetRequiredService<DatabaseApiKeyStore>());
        services.AddHostedService<KeyUseRecorder>();
        if (!builder.HasConnection(Connections.Redis))
        {
            services.AddSingleton<IKeyRevocations, LocalKeyRevocations>();
            return builder;
        }

        builder.AddGatewayRedis();
        services.AddSingleton<SharedKeyRevocations>();
        services.AddSingleton<IKeyRevocations>(provider => provider.GetRequiredService<SharedKeyRevocations>());
        services.AddHostedService(provider => provider.GetRequiredService<SharedKeyRevocations>());
        return builder;
    }
}
