using LlmGateway.ModelManager.Hosting;
using LlmGateway.ServiceDefaults.Hosting;

// Settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddModelManager();
return await HostRunner.RunAsync(builder, app => app.MapModelManager());
