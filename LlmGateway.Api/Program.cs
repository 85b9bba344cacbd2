using LlmGateway.Api.Hosting;

// Settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddGatewayApi();
return await HostRunner.RunAsync(builder);
