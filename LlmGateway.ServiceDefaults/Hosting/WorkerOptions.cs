using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Health;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>The <c>Worker</c> section: who a process that works in the background is.</summary>
public sealed class WorkerOptions
{
    public const string Section = "Worker";

    /// <summary>The process's name in health documents and metrics; no two processes should share one.</summary>
    /// <value>Without a value: <c>WORKER_ID</c>, else the machine's name and the process id.</value>
    [StringLength(128, ErrorMessage = "Worker:Id must have at most {1} characters.")]
    public string? Id { get; set; }
}

public static class WorkerIdentityExtensions
{
    private const string WellKnownName = "WORKER_ID";

    /// <summary>Gives the process its worker id, which is <see cref="WorkerOptions.Id"/> from then on.</summary>
    public static IHostApplicationBuilder AddWorkerIdentity(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        builder.Services.AddSettings<WorkerOptions>(configuration, WorkerOptions.Section, options => options.Id = FirstOf(options.Id, configuration[WellKnownName])
            ?? string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}"));
        builder.Services.AddOptions<HealthOptions>().Configure<IOptions<WorkerOptions>>(
            (health, worker) => health.WorkerId = worker.Value.Id);
        // The fleet knows the process by the same name.
        builder.Services.AddOptions<ServiceOptions>().Configure<IOptions<WorkerOptions>>(
            (service, worker) => service.InstanceId = worker.Value.Id);
        return builder;
    }

    private static string? FirstOf(params string?[] names) => names.FirstOrDefault(name => !string.IsNullOrWhiteSpace(name))?.Trim();
}
