using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace LlmGateway.ServiceDefaults.Metrics;

/// <summary>
/// Prometheus's text exposition format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), with names as
/// OpenTelemetry's compatibility specification makes them: dots become underscores, units are spelled out, counters end in
/// <c>_total</c>.
/// </summary>
internal sealed class PrometheusWriter
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Npgsql's tag for a pool; a pool without a name of its own has its connection string for one.</summary>
    private const string PoolName = "db.client.connection.pool.name";

    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _written = [];

    public byte[] ToArray() => Encoding.UTF8.GetBytes(_text.ToString());

    /// <summary>The resource as the labels of <c>target_info</c>.</summary>
    public void WriteTarget(Resource? resource)
    {
        if (resource is null)
        {
            return;
        }

        WriteHead("target_info", "What is described by the metrics of this page.", "gauge");
        var labels = new StringBuilder();
        foreach (var (name, value) in resource.Attributes)
        {
            AppendLabel(labels, name, value);
        }

        AppendSample("target_info", "", labels.ToString(), 1);
    }

    public void Write(Metric metric)
    {
        var type = metric.MetricType switch
        {
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            MetricType.Histogram => "histogram",
            MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
            // Exponential histograms have no form in this format, and nothing here makes any.
            _ => null,
        };
        var name = Name(metric.Name, metric.Unit, type == "counter");
        if (type is null || !_written.Add(name))
        {
            return;
        }

        WriteHead(name, metric.Description is { Length: > 0 } description ? description : metric.Name, type);
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point.Tags);
            switch (metric.MetricType)
            {
                case MetricType.Histogram:
                    WriteHistogram(name, labels, point);
                    break;
                case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                    AppendSample(name, "", labels, point.GetSumLong());
                    break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                    AppendSample(name, "", labels, point.GetSumDouble());
                    break;
                case MetricType.LongGauge:
                    AppendSample(name, "", labels, point.GetGaugeLastValueLong());
                    break;
                default:
                    AppendSample(name, "", labels, point.GetGaugeLastValueDouble());
                    break;
            }
        }
    }

    /// <summary>The name at Prometheus of an instrument.</summary>
    internal static string Name(string instrument, string? unit, bool counter)
    {
        var name = new StringBuilder(Sanitize(instrument));
        var suffix = unit switch
        {
            null or "" or "1" => "",
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            "%" => "percent",
            "Cel" => "celsius",
            "J" => "joules",
            "W" => "watts",
            // Annotations such as {token} are no units.
            ['{', ..] => "",
            _ => Sanitize(unit),
        };
        if (suffix.Length > 0 && !name.ToString().EndsWith('_' + suffix, StringComparison.Ordinal))
        {
            name.Append('_').Append(suffix);
        }

        // A ratio is a number without a unit, which the unit 1 of a gauge says.
        if (unit == "1" && !counter)
        {
            name.Append("_ratio");
        }

        // The ending belongs to histograms.
        if (!counter && name.ToString().EndsWith("_count", StringComparison.Ordinal))
        {
            name.Replace("_count", "_current", name.Length - "_count".Length, "_count".Length);
        }

        if (counter && !name.ToString().EndsWith("_total", StringComparison.Ordinal))
        {
            name.Append("_total");
        }

        return name.ToString();
    }

    private static string Sanitize(string name) =>
        string.Create(name.Length, name, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetter(source[i]) || (i > 0 && char.IsAsciiDigit(source[i])) ? source[i] : '_';
            }
        });

    private void WriteHead(string name, string help, string type)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private void WriteHistogram(string name, string labels, in MetricPoint point)
    {
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            var bound = new StringBuilder(labels);
            AppendLabel(bound, "le", Number(bucket.ExplicitBound));
            AppendSample(name, "_bucket", bound.ToString(), count);
        }

        AppendSample(name, "_sum", labels, point.GetHistogramSum());
        // Of the same instant as the buckets, which the point's own counter need not be.
        AppendSample(name, "_count", labels, count);
    }

    private static string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            AppendLabel(labels, name, value);
        }

        return labels.ToString();
    }

    private static void AppendLabel(StringBuilder labels, string name, object? value)
    {
        if (labels.Length > 0)
        {
            labels.Append(',');
        }

        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        labels.Append(Sanitize(name)).Append("=\"");
        foreach (var c in name == PoolName && text.Contains('=', StringComparison.Ordinal) ? Anonymous(text) : text)
        {
            _ = c switch
            {
                '\\' => labels.Append(@"\\"),
                '"' => labels.Append("\\\""),
                '\n' => labels.Append(@"\n"),
                _ => labels.Append(c),
            };
        }

        labels.Append('"');
    }

    /// <summary>A connection string says where the database is and who asks it; the page is open to anybody.</summary>
    private static string Anonymous(string connectionString) =>
        "pool-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(connectionString)).AsSpan(0, 4));

    private void AppendSample(string name, string suffix, string labels, double value)
    {
        _text.Append(name).Append(suffix);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
