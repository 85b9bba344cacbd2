using System.Globalization;

namespace LlmGateway.SystemMonitor.Probes;

internal static class LoadAverage
{
    /// <summary>The average over the last minute: the first number of <c>/proc/loadavg</c>. Null when there is none.</summary>
    public static double? Parse(ReadOnlySpan<char> loadavg)
    {
        var text = loadavg.TrimStart();
        var end = text.IndexOfAny(' ', '\n');
        return double.TryParse(end < 0 ? text : text[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var load) && double.IsFinite(load)
            ? load
            : null;
    }
}
