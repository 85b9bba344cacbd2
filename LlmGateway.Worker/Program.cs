using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.Worker.Hosting;

// Settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddWorker();
return await HostRunner.RunAsync(builder, app => app.MapWorker());
