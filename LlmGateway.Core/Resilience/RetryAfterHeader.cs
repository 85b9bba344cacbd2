using System.Globalization;
using System.Net.Http.Headers;

namespace LlmGateway.Core.Resilience;

/// <summary>
/// When a server says to come again: <c>retry-after-ms</c> in milliseconds, or <c>Retry-After</c> in seconds, which may have a fraction, or as a
/// date (source: the OpenAI SDKs, which read all three; RFC 9110, 10.2.3).
/// </summary>
public static class RetryAfterHeader
{
    /// <summary>Nobody is meant to wait longer, and no clock overflows.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Null when the server does not say, or says something that has passed.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, TimeProvider time)
    {
        if (First(headers, "retry-after-ms") is { } milliseconds && Number(milliseconds) is { } thousandths)
        {
            return Bound(thousandths / 1000);
        }

        if (First(headers, "Retry-After") is not { } told)
        {
            return null;
        }

        return Seconds(told)
            ?? (DateTimeOffset.TryParse(told, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) && date > time.GetUtcNow()
                ? Bound((date - time.GetUtcNow()).TotalSeconds)
                : null);
    }

    /// <summary>A number of seconds; null for what is none.</summary>
    public static TimeSpan? Seconds(ReadOnlySpan<char> told) => Number(told) is { } seconds ? Bound(seconds) : null;

    private static double? Number(ReadOnlySpan<char> told) =>
        double.TryParse(told.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static TimeSpan Bound(double seconds) => seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;

    private static string? First(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault(v => !string.IsNullOrWhiteSpace(v)) : null;
}
