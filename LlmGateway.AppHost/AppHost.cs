using LlmGateway.AppHost.Deployment;
using LlmGateway.AppHost.Models;
using LlmGateway.AppHost.Settings;

// The system on one page. `dotnet run --project LlmGateway.AppHost` starts all of it and opens the dashboard;
// with `--simulate` nothing but the servers' images is downloaded: the Simulator stands in for Ollama.
// The switch is taken out of the arguments: read as a setting, it would swallow the next one as its value.
var simulate = args.Contains("--simulate");
var builder = DistributedApplication.CreateBuilder(args.Where(arg => arg != "--simulate").ToArray());

// Servers outlive a run of the AppHost, their data outlives the containers.
var redis = builder.AddRedis("redis")
    .WithDataVolume(builder.DataVolumeOf("redis"))
    .WithPersistence()
    .WithLifetime(ContainerLifetime.Persistent);

var postgres = builder.AddPostgres("postgres", password: builder.PublishedPassword("postgres"))
    .WithDataVolume(builder.DataVolumeOf("postgres"))
    .WithLifetime(ContainerLifetime.Persistent);
var database = postgres.AddDatabase("gatewaydb");

var rabbitmq = builder.AddRabbitMQ("rabbitmq")
    .WithManagementPlugin()
    .WithDataVolume(builder.DataVolumeOf("rabbitmq"))
    .WithLifetime(ContainerLifetime.Persistent);

var models = simulate ? builder.AddSimulatedModels() : builder.AddOllamaModels();
var providerKeys = builder.AddProviderKeys();

// Generated once and kept in the user secrets; the dashboard shows it on the api's page.
var key = builder.AddParameter("api-key", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true);

// Signs webhooks: the api tells clients the secrets that are made from it, the worker calls.
var webhookKey = builder.AddParameter("webhook-signing-key", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true, persist: true);

var api = builder.AddProject<Projects.LlmGateway_Api>("api")
    .WithClientKey("apphost", key)
    .WithEnvironment("LLM_GATEWAY__Webhooks__SigningKey", webhookKey)
    .WithReference(redis).WaitFor(redis)
    .WithReference(database).WaitFor(database)
    .WithReference(rabbitmq).WaitFor(rabbitmq)
    .WithModels(models)
    .WithProviderKeys(providerKeys)
    .WithHttpHealthCheck("/health/ready")
    .WithExternalHttpEndpoints();

var worker = builder.AddProject<Projects.LlmGateway_Worker>("worker")
    .WithEnvironment("LLM_GATEWAY__Webhooks__SigningKey", webhookKey)
    .WithReference(redis).WaitFor(redis)
    .WithReference(database).WaitFor(database)
    .WithReference(rabbitmq).WaitFor(rabbitmq)
    .WithModels(models)
    .WithProviderKeys(providerKeys)
    .WithHttpHealthCheck("/health/ready")
    .WithReplicas(builder.Configuration.GetCount("Worker:Replicas", otherwise: 2));

var modelManager = builder.AddProject<Projects.LlmGateway_ModelManager>("model-manager")
    .WithReference(redis).WaitFor(redis)
    .WithReference(rabbitmq).WaitFor(rabbitmq)
    .WithModels(models)
    .WithHttpHealthCheck("/health/ready");

var systemMonitor = builder.AddProject<Projects.LlmGateway_SystemMonitor>("system-monitor")
    .WithReference(redis).WaitFor(redis)
    .WithHttpHealthCheck("/health/ready");

// Where `aspire publish` writes for; nothing when the AppHost runs, and nothing that azd's manifest needs.
builder.AddDeploymentTarget(api, worker, modelManager, systemMonitor);

builder.Build().Run();
