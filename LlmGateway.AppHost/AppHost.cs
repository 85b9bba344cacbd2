using LlmGateway.AppHost.Models;

// The system on one page. `dotnet run --project LlmGateway.AppHost` starts all of it and opens the dashboard;
// with `--simulate` nothing is downloaded: the Simulator stands in for Ollama.
var builder = DistributedApplication.CreateBuilder(args);

var models = args.Contains("--simulate")
    ? builder.AddSimulatedModels()
    : builder.AddOllamaModels();

// Generated once and kept in the user secrets; the dashboard shows it on the api's page.
var key = builder.AddParameter("api-key", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true);

builder.AddProject<Projects.LlmGateway_Api>("api")
    .WithEnvironment("LLM_GATEWAY__Authentication__Keys__apphost__Key", ReferenceExpression.Create($"sk-gw-{key}"))
    .WithModels(models)
    .WithHttpHealthCheck("/health/ready")
    .WithExternalHttpEndpoints();

builder.Build().Run();
