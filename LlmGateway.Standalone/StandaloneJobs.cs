using System.Security.Cryptography;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmGateway.Standalone;

/// <summary>Jobs in one process: kept in its memory unless there is a database, and hinted at without a broker.</summary>
internal static class StandaloneJobs
{
    private const string WorkerId = "standalone";

    /// <summary>The weakest name of the setting, so that any other way to set it wins.</summary>
    private const string SigningKey = "WEBHOOK_SIGNING_KEY";

    private const int SigningKeyBytes = 48;

    public static void AddLocalJobs(this WebApplicationBuilder builder)
    {
        builder.AddPrefixedEnvironment();
        builder.AddSigningKey();
        if (!builder.HasConnection(Connections.Database))
        {
            builder.Services.AddInMemoryJobs();
        }

        builder.Services.AddSingleton<InMemoryJobHints>();
        builder.Services.AddSingleton<IJobHints>(services => services.GetRequiredService<InMemoryJobHints>());
        builder.Services.AddSettings<WorkerOptions>(builder.Configuration, WorkerOptions.Section, worker => worker.Id = WorkerId);
        builder.Services.AddSettings<StandaloneOptions>(builder.Configuration, StandaloneOptions.Section);
    }

    /// <summary>A key of its own for each start: receivers on one's own machine ask for their secret when the gateway has started.</summary>
    private static void AddSigningKey(this WebApplicationBuilder builder) =>
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = [new(SigningKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(SigningKeyBytes)))],
        });
}
