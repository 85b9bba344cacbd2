using LlmGateway.AppHost.Commands;
using LlmGateway.AppHost.Deployment;
using LlmGateway.AppHost.Models;
using LlmGateway.AppHost.Servers;
using LlmGateway.AppHost.Settings;

// The system on one page. `dotnet run --project LlmGateway.AppHost` starts all of it and opens the dashboard. With `--simulate` the
// Simulator stands in for Ollama; with `--local` PostgreSQL, Redis and RabbitMQ are processes of this machine: with both, no container.
// The switches are taken out of the arguments: read as a setting, each would swallow the next one as its value.
var simulate = args.Contains("--simulate");
var local = args.Contains("--local");
var builder = DistributedApplication.CreateBuilder(args.Where(arg => arg is not ("--simulate" or "--local")).ToArray());

var (redis, database, rabbitmq) = builder.AddServers(local);
var models = simulate ? builder.AddSimulatedModels() : builder.AddOllamaModels();
var providerKeys = builder.AddProviderKeys();

// Generated once and kept in the user secrets; the dashboard shows it.
var key = builder.AddParameter("api-key", new GatewayKeyDefault(), secret: true, persist: true)
    .WithDescription("Your key of the gateway. Clients send it as `Authorization: Bearer KEY`; it opens `/admin` too.", enableMarkdown: true);

// Signs webhooks: the api tells clients the secrets that are made from it, the worker calls.
var webhookKey = builder.AddParameter("webhook-signing-key", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true, persist: true)
    .WithDescription("Signs webhooks. Clients' secrets are made from it, so a new one ends the validity of all of them.");

var api = builder.AddProject<Projects.LlmGateway_Api>("api")
    .WithEnvironment("LLM_GATEWAY__Authentication__Keys__apphost__Key", key)
    .WithEnvironment("LLM_GATEWAY__Webhooks__SigningKey", webhookKey)
    .WithServer(redis)
    .WithServer(database)
    .WithServer(rabbitmq)
    .WithModels(models)
    .WithProviderKeys(providerKeys)
    .WithHttpHealthCheck("/health/ready")
    .WithExternalHttpEndpoints()
    .WithReplicas(builder.Configuration.GetCount("Api:Replicas", otherwise: 1))
    .WithIconName("BrainCircuit")
    .WithApiUrls();

var worker = builder.AddProject<Projects.LlmGateway_Worker>("worker")
    .WithEnvironment("LLM_GATEWAY__Webhooks__SigningKey", webhookKey)
    .WithServer(redis)
    .WithServer(database)
    .WithServer(rabbitmq)
    .WithModels(models)
    .WithProviderKeys(providerKeys)
    .WithHttpHealthCheck("/health/ready")
    .WithReplicas(builder.Configuration.GetCount("Worker:Replicas", otherwise: 2))
    .WithIconName("TasksApp")
    .WithServiceUrls();

var modelManager = builder.AddProject<Projects.LlmGateway_ModelManager>("model-manager")
    .WithServer(redis)
    .WithServer(rabbitmq)
    .WithModels(models)
    .WithHttpHealthCheck("/health/ready")
    .WithIconName("BoxMultiple")
    .WithServiceUrls();

var systemMonitor = builder.AddProject<Projects.LlmGateway_SystemMonitor>("system-monitor")
    .WithServer(redis)
    .WithHttpHealthCheck("/health/ready")
    .WithIconName("Pulse")
    .WithServiceUrls();

if (builder.ExecutionContext.IsRunMode)
{
    // Who starts the system is its administrator.
    api.WithEnvironment("LLM_GATEWAY__Authentication__Keys__apphost__Roles__0", "admin")
        .WithEnvironment("LLM_GATEWAY__Authentication__Keys__apphost__Roles__1", "user")
        .WithDashboardCommands(key, database);
    key.WithParentRelationship(api);
    webhookKey.WithParentRelationship(api);
    foreach (var parameter in providerKeys)
    {
        parameter.Parameter.WithParentRelationship(api);
    }
}

// Where `aspire publish` writes for; nothing when the AppHost runs, and nothing that azd's manifest needs.
builder.AddDeploymentTarget(api, worker, modelManager, systemMonitor);

builder.Build().Run();
