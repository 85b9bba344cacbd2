using LlmGateway.Api.Hosting;
using LlmGateway.Data.Schema;
using LlmGateway.ModelManager.Hosting;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.Simulator;
using LlmGateway.Standalone;
using LlmGateway.SystemMonitor.Hosting;
using LlmGateway.Worker.Jobs;

if (ConfigCommands.Handles(args))
{
    return await HostRunner.CommandAsync(() => new ConfigCommands(builder => builder.AddStandaloneSettings(), AddServices).RunAsync(args, Console.Out));
}

if (DatabaseCommands.Handles(args))
{
    return await HostRunner.CommandAsync(() => HostRunner.NewBuilder(args).AddStandaloneSettings().RunDatabaseCommandAsync(args));
}

if (GatewayCommands.Line("LlmGateway.Standalone").Answer(args, Console.Out, Console.Error) is { } code)
{
    return code;
}

SimulatorServer? simulator = null;
try
{
    return await HostRunner.RunAsync(BuildAsync, app => app.MapGatewayApi(), StartupMessage.PrintAsync);
}
finally
{
    if (simulator is not null)
    {
        await simulator.DisposeAsync();
    }
}

async Task<WebApplicationBuilder> BuildAsync()
{
    var builder = HostRunner.NewBuilder(args).AddStandaloneSettings();
    builder.AddPrefixedEnvironment();
    builder.AddStandaloneKey();
    simulator = await builder.AddModelsAsync();
    AddServices(builder);
    return builder;
}

// The Api with the other services' parts, in this process.
static void AddServices(WebApplicationBuilder builder)
{
    // Before the Api, which would have hints go through a broker that nobody in this process listens to.
    builder.AddLocalJobs();
    builder.AddGatewayApi();
    builder.AddJobProcessing();
    builder.AddHostReadings();
    WellKnownSettings.AddNodes(builder.Configuration);
    if (builder.Configuration.GetSection("Nodes").GetChildren().Any())
    {
        builder.AddNodes();
    }
}
