using LlmGateway.Api.Hosting;
using LlmGateway.ModelManager.Hosting;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.Standalone;
using LlmGateway.SystemMonitor.Hosting;
using LlmGateway.Worker.Jobs;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddStandaloneDefaults();
await using var simulator = await builder.AddModelsAsync();
// Before the Api, which would have hints go through a broker that nobody in this process listens to.
builder.AddLocalJobs();
builder.AddGatewayApi();
// The other services' parts, in this process.
builder.AddJobProcessing();
builder.AddHostReadings();
WellKnownSettings.AddNodes(builder.Configuration);
if (builder.Configuration.GetSection("Nodes").GetChildren().Any())
{
    builder.AddNodes();
}

return await HostRunner.RunAsync(builder, app => app.MapGatewayApi(), StartupMessage.PrintAsync);
