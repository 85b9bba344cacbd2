using LlmGateway.Simulator;

var builder = WebApplication.CreateSlimBuilder(args);
// HTTP_PORTS is how container images, and what Aspire publishes, say where to listen.
if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"])) builder.WebHost.UseUrls("http://127.0.0.1:11435");
builder.WebHost.UseSimulatorKestrel();
builder.Services.AddSimulator(builder.Configuration);

var app = builder.Build();
app.MapSimulator();
app.Run();
