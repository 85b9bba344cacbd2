using System.Diagnostics;
using LlmGateway.ServiceDefaults.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace LlmGateway.ServiceDefaults.Tests.Telemetry;

public sealed class BackgroundSpanFilterTests : IDisposable
{
    // Names that the product listens to, but objects of this test alone: other tests' calls must not be counted.
    private readonly ActivitySource _database = new("Npgsql", Guid.NewGuid().ToString("N"));
    private readonly ActivitySource _bus = new("MassTransit", Guid.NewGuid().ToString("N"));
    private readonly ActivitySource _own = new("LlmGateway.Test." + Guid.NewGuid().ToString("N"));
    private readonly Kept _kept = new();
    private readonly TracerProvider _provider;

    public BackgroundSpanFilterTests() => _provider = Sdk.CreateTracerProviderBuilder()
        .AddSource(_database.Name, _bus.Name, _own.Name)
        // What Aspire sets for a developer's machine.
        .SetSampler(new AlwaysOnSampler())
        .AddProcessor(new BackgroundSpanFilter())
        .AddProcessor(new SimpleActivityExportProcessor(_kept))
        .Build();

    [Fact]
    public void ACallThatNothingBegan_IsNotExported()
    {
        _database.StartActivity("gatewaydb", ActivityKind.Client)?.Dispose();
        _bus.StartActivity("events send", ActivityKind.Producer)?.Dispose();

        Assert.Empty(Exported());
    }

    [Theory]
    [InlineData("/health/ready", false)]
    [InlineData("/health", false)]
    [InlineData("/metrics", false)]
    [InlineData("/healthy", true)]
    [InlineData("/v1/chat/completions", true)]
    public void AProbe_AndWhatItAsks_IsNotExported(string path, bool exported)
    {
        using (_own.StartActivity(ActivityKind.Server, tags: [new("url.path", path)], name: "GET"))
        {
            _database.StartActivity("gatewaydb", ActivityKind.Client)?.Dispose();
        }

        Assert.Equal(exported ? ["gatewaydb", "GET"] : [], Exported());
    }

    [Fact]
    public void ACallWithinARequest_AMessageReceived_AndTheProductsOwnSpans_Are()
    {
        using (_own.StartActivity("POST /v1/chat/completions", ActivityKind.Server))
        {
            _database.StartActivity("gatewaydb", ActivityKind.Client)?.Dispose();
        }

        _bus.StartActivity("jobs receive", ActivityKind.Consumer)?.Dispose();
        _own.StartActivity("webhook", ActivityKind.Client)?.Dispose();

        Assert.Equal(["gatewaydb", "POST /v1/chat/completions", "jobs receive", "webhook"], Exported());
    }

    public void Dispose()
    {
        _provider.Dispose();
        _database.Dispose();
        _bus.Dispose();
        _own.Dispose();
    }

    private IEnumerable<string> Exported() =>
        _kept.Spans.Where(span => ReferenceEquals(span.Source, _database) || ReferenceEquals(span.Source, _bus) || ReferenceEquals(span.Source, _own))
            .Select(span => span.DisplayName);

    private sealed class Kept : BaseExporter<Activity>
    {
        public List<Activity> Spans { get; } = [];

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                Spans.Add(span);
            }

            return ExportResult.Success;
        }
    }
}
