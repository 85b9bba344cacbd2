using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmGateway.Bench.Reporting;

/// <summary>Writes the Markdown table and says which targets are missed.</summary>
internal sealed class Report(Samples samples, IReadOnlyList<string> servers)
{
    private const string Gateway = "gateway";
    private readonly string[] _columns = ["direct", .. servers];

    /// <summary>Rows whose target is missed, as text.</summary>
    public List<string> Missed { get; } = [];

    /// <summary>How many targets could be judged in this run.</summary>
    public int Judged { get; private set; }

    public string Table()
    {
        var text = new StringBuilder()
            .Append("| case | figure | ").AppendJoin(" | ", _columns).AppendLine(" | gateway ÷ floor | target | result |")
            .Append("| --- | --- | ").AppendJoin(" | ", _columns.Select(_ => "---:")).AppendLine(" | --- | --- | --- |");
        foreach (var row in Rows.All.Where(row => _columns.Any(server => Value(row, server) is not null)))
        {
            var values = _columns.Select(server => Format(Value(row, server), row.Format));
            var verdicts = row.Targets.Select(target => Judge(row, target)).ToArray();
            text.Append(CultureInfo.InvariantCulture, $"| {row.Case} | {row.Figure} | ").AppendJoin(" | ", values)
                .Append(CultureInfo.InvariantCulture, $" | {RatioText(row, "floor")} | ")
                .AppendJoin("; ", row.Targets.Select(target => target.Text)).Append(" | ").AppendJoin("; ", verdicts).AppendLine(" |");
        }

        return text.ToString();
    }

    /// <summary>Every repetition's value, for whoever wants to look closer.</summary>
    public string Json()
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();
            foreach (var (key, values) in samples.All)
            {
                writer.WriteStartObject();
                writer.WriteString("case", key.Case);
                writer.WriteString("figure", key.Figure);
                writer.WriteString("server", key.Server);
                writer.WriteStartArray("values");
                values.ForEach(writer.WriteNumberValue);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private string Judge(Row row, Target target)
    {
        var value = target.Against is { } against
            ? samples.Compare(row.Case, row.Figure, Gateway, against)?.Median
            : Value(row, Gateway);
        if (value is not { } judged)
        {
            return "not measured";
        }

        Judged++;
        var shown = target.Against is null or "floor" ? "" : string.Create(CultureInfo.InvariantCulture, $" ({judged:0.0}x)");
        if (target.Holds(judged))
        {
            return "PASS" + shown;
        }

        Missed.Add(string.Create(CultureInfo.InvariantCulture, $"{row.Case}, {row.Figure}: {judged:0.00}, target {target.Text}"));
        return "**FAIL**" + shown;
    }

    private double? Value(Row row, string server) =>
        row.Worst ? samples.Worst(row.Case, row.Figure, server) : samples.Median(row.Case, row.Figure, server);

    private string RatioText(Row row, string against) =>
        samples.Compare(row.Case, row.Figure, Gateway, against) is { } ratio
            ? string.Create(CultureInfo.InvariantCulture, $"{ratio.Median:0.00} ({ratio.Lowest:0.00}–{ratio.Highest:0.00})")
            : "";

    private static string Format(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
