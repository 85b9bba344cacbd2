using LlmGateway.Api.Hosting;
using LlmGateway.Standalone;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddStandaloneDefaults();
await using var simulator = await builder.AddModelsAsync();
builder.AddGatewayApi();
return await HostRunner.RunAsync(builder, StartupMessage.PrintAsync);
