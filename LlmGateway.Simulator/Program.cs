using LlmGateway.Simulator;

var builder = WebApplication.CreateSlimBuilder(args);
if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls("http://127.0.0.1:11435");
builder.WebHost.UseSimulatorKestrel();
builder.Services.AddSimulator(builder.Configuration);

var app = builder.Build();
app.MapSimulator();
app.Run();
