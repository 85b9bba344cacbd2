using System.Diagnostics.Metrics;
using System.Text;
using LlmGateway.ServiceDefaults.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmGateway.ServiceDefaults.Tests.Metrics;

public sealed class PrometheusTests : IDisposable
{
    private readonly Meter _meter = new($"test-{Guid.NewGuid():N}");
    private readonly PrometheusExporter _exporter = new();
    private readonly MeterProvider _provider;

    public PrometheusTests() => _provider = Sdk.CreateMeterProviderBuilder()
        .AddMeter(_meter.Name)
        .AddReader(new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative })
        .Build();

    [Theory]
    [InlineData("llm_gateway.request.duration", "s", false, "llm_gateway_request_duration_seconds")]
    [InlineData("llm_gateway.ollama.requests", "{request}", true, "llm_gateway_ollama_requests_total")]
    [InlineData("llm_gateway.active_connections", "{connection}", false, "llm_gateway_active_connections")]
    [InlineData("llm_worker.memory.usage", "By", false, "llm_worker_memory_usage_bytes")]
    [InlineData("llm_worker.uptime_seconds", "s", false, "llm_worker_uptime_seconds")]
    [InlineData("things_total", null, true, "things_total")]
    [InlineData("cpu.utilization", "1", false, "cpu_utilization_ratio")]
    [InlineData("dotnet.timer.count", "{timer}", false, "dotnet_timer_current")]
    [InlineData("1st.thing", "", false, "_st_thing")]
    public void Names_AreMadeAsOpenTelemetrySays(string instrument, string? unit, bool counter, string expected) =>
        Assert.Equal(expected, PrometheusWriter.Name(instrument, unit, counter));

    [Fact]
    public async Task ACounter_HasHelpTypeAndLabels()
    {
        var counter = _meter.CreateCounter<long>("test.calls", "{call}", "Calls\nmade.");
        counter.Add(2, new KeyValuePair<string, object?>("model.name", "a\"b\\c\nd"));
        counter.Add(3, new KeyValuePair<string, object?>("model.name", "a\"b\\c\nd"));

        Assert.Contains("# HELP test_calls_total Calls\\nmade.\n# TYPE test_calls_total counter\ntest_calls_total{model_name=\"a\\\"b\\\\c\\nd\"} 5\n", await ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHistogram_IsCumulative_AndEndsInInfinity()
    {
        var histogram = _meter.CreateHistogram("test.wait", "s", "Wait.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        histogram.Record(0.05);
        histogram.Record(0.5);
        histogram.Record(50);

        Assert.Contains("""
            # TYPE test_wait_seconds histogram
            test_wait_seconds_bucket{le="0.1"} 1
            test_wait_seconds_bucket{le="1"} 2
            test_wait_seconds_bucket{le="+Inf"} 3
            test_wait_seconds_sum 50.55
            test_wait_seconds_count 3
            """.ReplaceLineEndings("\n"), await ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUpDownCounter_IsAGauge_AndMayFall()
    {
        var open = _meter.CreateUpDownCounter<long>("test.open", "{thing}", "Open things.");
        open.Add(3);
        Assert.Contains("# TYPE test_open gauge\ntest_open 3\n", await ScrapeAsync(), StringComparison.Ordinal);
        open.Add(-2);
        Assert.Contains("test_open 1\n", await ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task APoolNamedByItsConnectionString_TellsNothingOfIt()
    {
        var open = _meter.CreateUpDownCounter<long>("test.pool", description: "Open.");
        open.Add(1, new KeyValuePair<string, object?>("db.client.connection.pool.name", "Host=db.internal;Username=gateway"));
        open.Add(2, new KeyValuePair<string, object?>("db.client.connection.pool.name", "Host=db.internal;Username=other"));
        open.Add(4, new KeyValuePair<string, object?>("db.client.connection.pool.name", "gatewaydb"));

        var page = await ScrapeAsync();
        Assert.DoesNotContain("db.internal", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("test_pool{db_client_connection_pool_name=\"pool-").Length - 1);
        Assert.Contains("test_pool{db_client_connection_pool_name=\"gatewaydb\"} 4\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheTarget_IsDescribed() =>
        Assert.Contains("# TYPE target_info gauge\ntarget_info{", await ScrapeAsync(), StringComparison.Ordinal);

    [Fact]
    public async Task ScrapesAtTheSameTime_GetWholePagesEach()
    {
        _meter.CreateObservableGauge("test.level", () => 7, description: "Level.");

        var pages = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(ScrapeAsync)));

        Assert.All(pages, page => Assert.EndsWith("test_level 7\n", page, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
    }

    private async Task<string> ScrapeAsync() => Encoding.UTF8.GetString((await _exporter.ScrapeAsync(CancellationToken.None)).Span);
}
