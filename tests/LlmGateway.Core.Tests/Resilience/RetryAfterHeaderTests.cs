using System.Net.Http.Headers;
using LlmGateway.Core.Resilience;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

public class RetryAfterHeaderTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("Retry-After", "7", 7)]
    [InlineData("Retry-After", "20.5", 20.5)]
    [InlineData("Retry-After", " 0.25 ", 0.25)]
    [InlineData("Retry-After", "0", 0)]
    [InlineData("Retry-After", "99999999999999999999", 86400)]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("retry-after-ms", "12.5", 0.0125)]
    public void AServersWord_IsRead(string name, string value, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Read(Headers((name, value))));

    [Theory]
    [InlineData("Retry-After", "-5")]
    [InlineData("Retry-After", "soon")]
    [InlineData("Retry-After", "NaN")]
    [InlineData("Retry-After", "1e3")]
    [InlineData("Retry-After", "")]
    [InlineData("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")]
    [InlineData("retry-after-ms", "soon")]
    public void WhatTellsNothing_IsNull(string name, string value) => Assert.Null(Read(Headers((name, value))));

    [Fact]
    public void ADate_IsReadByTheClock() =>
        Assert.InRange(Read(Headers(("Retry-After", _time.GetUtcNow().AddSeconds(90).ToString("R"))))!.Value.TotalSeconds, 89, 90);

    [Fact]
    public void Milliseconds_AreTheFinerWord() => Assert.Equal(TimeSpan.FromSeconds(0.3), Read(Headers(("Retry-After", "1"), ("retry-after-ms", "300"))));

    private TimeSpan? Read(HttpResponseHeaders headers) => RetryAfterHeader.Read(headers, _time);

    private static HttpResponseHeaders Headers(params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage();
        foreach (var (name, value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return response.Headers;
    }
}
