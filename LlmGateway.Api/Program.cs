using LlmGateway.Api.Hosting;
using LlmGateway.Data.Schema;
using LlmGateway.ServiceDefaults.Hosting;

// Settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
if (DatabaseCommands.Handles(args))
{
    return await builder.RunDatabaseCommandAsync(args);
}

builder.AddGatewayApi();
return await HostRunner.RunAsync(builder, app => app.MapGatewayApi());
