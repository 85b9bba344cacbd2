using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Standalone;

/// <summary>Jobs in one process: kept in its memory unless there is a database, and hinted at without a broker.</summary>
internal static class StandaloneJobs
{
    private const string WorkerId = "standalone";

    public static void AddLocalJobs(this WebApplicationBuilder builder)
    {
        builder.AddPrefixedEnvironment();
        if (!builder.HasConnection(Connections.Database))
        {
            builder.Services.AddInMemoryJobs();
        }

        builder.Services.AddSingleton<InMemoryJobHints>();
        builder.Services.AddSingleton<IJobHints>(services => services.GetRequiredService<InMemoryJobHints>());
        builder.Services.AddOptions<WorkerOptions>().Configure(worker => worker.Id = WorkerId);
    }
}
