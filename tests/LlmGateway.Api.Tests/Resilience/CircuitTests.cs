using LlmGateway.Core.Resilience;

namespace LlmGateway.Api.Tests.Resilience;

/// <summary>A provider that comes and goes: its circuit opens, tries and closes, and clients notice nothing while there is another.</summary>
public sealed class CircuitTests
{
    private const string Text = "one two three four five";

    /// <summary>So long that it passes only when a test puts the clock forward.</summary>
    private static readonly TimeSpan Break = TimeSpan.FromMinutes(30);

    private static readonly (string, string?)[] Settings =
    [
        ("Routing:CircuitBreaker:MinimumThroughput", "4"), ("Routing:CircuitBreaker:BreakDuration", Break.ToString()),
        ("Routing:CircuitBreaker:SamplingDuration", "00:59:00"),
    ];

    [Theory]
    [InlineData("status;code=500", 2)]
    [InlineData("reset", 2)]
    [InlineData("html", 1)]
    public async Task AProviderThatFlaps_IsNotNoticed(string fault, int callsEach)
    {
        await using var providers = await FaultyProviders.StartAsync(2, Settings);
        for (var cycle = 0; cycle < 3; cycle++)
        {
            var stream = cycle % 2 == 0;
            providers.With(0, fault);
            for (var i = 0; i < 4 / callsEach; i++)
            {
                (await providers.AskAsync(stream)).IsWhole(Text, callsEach + 1, "second");
            }

            await OpensAsync(providers);
            await UnaskedAsync(providers, stream);

            // It is still broken: one call finds out for all.
            providers.Time.Shift(Break + TimeSpan.FromSeconds(1));
            var before = providers.Calls()[0];
            (await providers.AskAsync(stream)).IsWhole(Text, 2, "second");
            Assert.Equal(before + 1, providers.Calls()[0]);
            await OpensAsync(providers);
            await UnaskedAsync(providers, stream);

            // It is back.
            providers.With(0, "");
            providers.Time.Shift(Break + TimeSpan.FromSeconds(1));
            (await providers.AskAsync(stream)).IsWhole(Text, 1);
            Assert.Equal(CircuitPosition.Closed, providers.State(0).Circuit);
            (await providers.AskAsync(stream)).IsWhole(Text, 1);
            providers.Time.Shift(TimeSpan.FromHours(2));
        }
    }

    /// <summary>A minute in which the provider fails every second request at random, under load.</summary>
    [Fact]
    public async Task AProviderThatFailsNowAndThen_CostsNoRequest()
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Routing:CircuitBreaker:BreakDuration", "00:00:00.5"));
        providers.With(0, "status;code=503;p=0.5");
        for (var i = 0; i < 6; i++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => providers.AskAsync(stream: n % 2 == 0)));
            Assert.All(answers, a => a.IsWhole(Text, int.Parse(a.Header("x-llm-gateway-attempts")!, System.Globalization.CultureInfo.InvariantCulture), a.Provider!));
            providers.Time.Shift(TimeSpan.FromSeconds(10));
        }

        var outcomes = providers.Ended;
        Assert.Equal(60, outcomes.Count);
        Assert.All(outcomes, o => Assert.Null(o.Outcome.Error));
        Assert.Equal(providers.Calls().Sum(), outcomes.Sum(o => o.Request.Attempts));
    }

    [Fact]
    public async Task TheOnlyProvider_IsLeftAlone_AndTheClientIsToldForHowLong()
    {
        await using var providers = await FaultyProviders.StartAsync(1, Settings);
        providers.With(0, "status;code=500");
        (await providers.AskAsync(stream: true)).IsError(502, "upstream_error", 2);
        (await providers.AskAsync(stream: false)).IsError(502, "upstream_error", 2);
        await OpensAsync(providers);
        var answer = await providers.AskAsync(stream: true);
        answer.IsError(503, "upstream_unavailable", 0);
        Assert.InRange(int.Parse(answer.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1000, 1800);
        Assert.Equal([4], providers.Calls());

        await providers.With(0, "").State(0).ResetAsync();
        (await providers.AskAsync(stream: true)).IsWhole(Text, 1);
    }

    [Fact]
    public async Task StreamsThatAreCut_OpenTheCircuitToo()
    {
        await using var providers = await FaultyProviders.StartAsync(2, Settings);
        providers.With(0, "cut;after=2");
        for (var i = 0; i < 2; i++)
        {
            (await providers.AskAsync(stream: true)).IsBrokenOff(Text, "upstream_interrupted", 1);
            await providers.SettledAsync(i + 1);
        }

        await OpensAsync(providers);
        (await providers.AskAsync(stream: true)).IsWhole(Text, 1, "second");
    }

    private static Task OpensAsync(FaultyProviders providers) =>
        Eventually.IsTrueAsync(() => providers.State(0).Circuit == CircuitPosition.Open, "the circuit opens");

    private static async Task UnaskedAsync(FaultyProviders providers, bool stream)
    {
        var before = providers.Calls()[0];
        for (var i = 0; i < 3; i++)
        {
            var answer = await providers.AskAsync(stream);
            answer.IsWhole(Text, 1, "second");
            Assert.Contains("up/sim-fast:circuit_open", answer.Header("x-llm-gateway-route"), StringComparison.Ordinal);
        }

        Assert.Equal(before, providers.Calls()[0]);
    }
}
