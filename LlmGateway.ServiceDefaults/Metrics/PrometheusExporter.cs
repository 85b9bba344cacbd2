using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmGateway.ServiceDefaults.Metrics;

/// <summary>Collects when asked, and keeps the text of what came.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private const int CollectMilliseconds = 5000;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private byte[] _text = [];

    /// <summary>Set by the reader that this exporter is given to.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>The current values. Scrapes that come together wait for each other.</summary>
    public async Task<ReadOnlyMemory<byte>> ScrapeAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            Collect?.Invoke(CollectMilliseconds);
            return _text;
        }
        finally
        {
            _gate.Release();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var writer = new PrometheusWriter();
        writer.WriteTarget(ParentProvider?.GetResource());
        foreach (var metric in batch)
        {
            writer.Write(metric);
        }

        _text = writer.ToArray();
        return ExportResult.Success;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gate.Dispose();
        }

        base.Dispose(disposing);
    }
}
