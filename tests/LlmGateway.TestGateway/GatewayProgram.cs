using LlmGateway.Api.Hosting;
using LlmGateway.ModelManager.Hosting;
using LlmGateway.Worker.Hosting;
using Microsoft.AspNetCore.Builder;

namespace LlmGateway.TestGateway;

/// <summary>A service of this repository, as its <c>Program</c> builds it.</summary>
/// <param name="Name">Its project, and the name it has in telemetry.</param>
/// <param name="Add">Adds it to a host.</param>
/// <param name="Map">Adds its endpoints.</param>
public sealed record GatewayProgram(string Name, Action<WebApplicationBuilder> Add, Action<WebApplication> Map)
{
    public static GatewayProgram Api { get; } = new("LlmGateway.Api", builder => builder.AddGatewayApi(), app => app.MapGatewayApi());

    public static GatewayProgram Worker { get; } = new("LlmGateway.Worker", builder => builder.AddWorker(), app => app.MapWorker());

    public static GatewayProgram ModelManager { get; } = new("LlmGateway.ModelManager", builder => builder.AddModelManager(), app => app.MapModelManager());
}

/// <summary>Where a service runs.</summary>
public enum Runs
{
    /// <summary>In the test process, where it starts in a fraction of the time.</summary>
    Inside,

    /// <summary>As a process of its own, to be killed and measured.</summary>
    AsProcess,
}
