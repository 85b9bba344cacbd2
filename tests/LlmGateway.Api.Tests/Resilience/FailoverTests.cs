namespace LlmGateway.Api.Tests.Resilience;

/// <summary>Two providers of one model: the second answers when the first does not, and the client sees one whole answer.</summary>
public sealed class FailoverTests
{
    private const string Text = "one two three four five";

    [Theory]
    [InlineData("status;code=429", 1)]
    [InlineData("status;code=429;retry=1", 1)]
    [InlineData("status;code=429;retry=60", 1)]
    [InlineData("status;code=500", 2)]
    [InlineData("status;code=503", 1)]
    [InlineData("status;code=504", 1)]
    [InlineData("status;code=401", 1)]
    [InlineData("status;code=404", 1)]
    [InlineData("reset", 2)]
    [InlineData("cut;after=0", 2)]
    [InlineData("error-body", 2)]
    [InlineData("html", 1)]
    [InlineData("truncate;after=0", 1)]
    [InlineData("malformed;after=0", 1)]
    public async Task WhenTheFirstFails_TheSecondAnswers(string fault, int calls)
    {
        foreach (var stream in new[] { false, true })
        {
            await using var providers = await FaultyProviders.StartAsync(2);
            (await providers.With(0, fault).AskAsync(stream)).IsWhole(Text, calls + 1, "second");
            Assert.Equal([calls, 1], providers.Calls());
        }
    }

    [Theory]
    [InlineData("stall")]
    [InlineData("slow-first;ms=600000")]
    public async Task WhenTheFirstIsSilent_TheSecondAnswers(string fault)
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Providers:up:Timeouts:FirstToken", "00:00:01"), ("Providers:up:Timeouts:Total", "00:00:01"));
        foreach (var stream in new[] { false, true })
        {
            (await providers.With(0, fault).AskAsync(stream)).IsWhole(Text, 2, "second");
        }

        Assert.Equal([2, 2], providers.Calls());
    }

    [Theory]
    [InlineData("status;code=500", 502, "upstream_error", 2)]
    [InlineData("status;code=503", 503, "upstream_unavailable", 2)]
    [InlineData("status;code=429", 429, "upstream_rate_limited", 2)]
    [InlineData("status;code=429;retry=60", 429, "upstream_rate_limited", 1)]
    [InlineData("reset", 502, "upstream_interrupted", 2)]
    [InlineData("html", 502, "upstream_invalid_response", 1)]
    public async Task WhenBothFail_TheClientIsTold_AfterABoundedNumberOfCalls(string fault, int status, string code, int callsEach)
    {
        foreach (var stream in new[] { false, true })
        {
            await using var providers = await FaultyProviders.StartAsync(2);
            (await providers.With(0, fault).With(1, fault).AskAsync(stream)).IsError(status, code, 2 * callsEach);
            Assert.Equal([callsEach, callsEach], providers.Calls());
        }
    }

    [Theory]
    [InlineData("status;code=400", 400)]
    [InlineData("status;code=413", 413)]
    [InlineData("status;code=422", 422)]
    public async Task WhatTheClientDidWrong_IsToldAtOnce(string fault, int status)
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        (await providers.With(0, fault).AskAsync(stream: false)).IsError(status, null, 1);
        Assert.Equal([1, 0], providers.Calls());
    }

    [Fact]
    public async Task OfTwoFailures_TheClientIsToldWhenToComeBack()
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        var answer = await providers.With(0, "status;code=429;retry=60").With(1, "status;code=401").AskAsync(stream: true);
        answer.IsError(429, "upstream_rate_limited", 2);
        Assert.Equal("60", answer.Header("Retry-After"));
    }

    [Fact]
    public async Task AProviderThatIsBackAfterItsPause_AnswersWhenNobodyElseDoes()
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        (await providers.With(0, "status;code=429;retry=1;times=1").With(1, "html").AskAsync(stream: true)).IsWhole(Text, 3);
        Assert.Equal([2, 1], providers.Calls());
    }

    [Fact]
    public async Task TheRoute_IsTold()
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        Assert.Equal("priority; candidates=2", (await providers.AskAsync(stream: false)).Header("x-llm-gateway-route"));
    }

    [Theory]
    [InlineData("sim-narrow", "second/sim-fast")]
    [InlineData("up/sim-narrow", "up/sim-fast")]
    public async Task APromptThatIsTooLong_GoesToATargetWithMoreRoom(string small, string large)
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Aliases:best:0", small), ("Aliases:best:1", large));
        var text = string.Join(' ', Enumerable.Repeat("word", 150));
        foreach (var stream in new[] { false, true })
        {
            var answer = await providers.AskAsync(stream, "!echo " + text, model: "best");
            var narrow = small.Contains('/', StringComparison.Ordinal) ? 1 : 2;
            answer.IsWhole(text, narrow + 1, large[..large.IndexOf('/', StringComparison.Ordinal)]);
            Assert.Equal("sim-fast", answer.Header("x-llm-gateway-model"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APromptThatFitsNowhere_IsToldSo(bool stream)
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        var answer = await providers.AskAsync(stream, "!echo " + string.Join(' ', Enumerable.Repeat("word", 150)), model: "sim-narrow");
        answer.IsError(400, "context_length_exceeded", 2);
        Assert.Equal([1, 1], providers.Calls());
    }

    [Fact]
    public async Task TargetsThatAreKnownToHaveNoMoreRoom_AreNotAsked()
    {
        await using var providers = await FaultyProviders.StartAsync(
            2, ("Providers:up:Models:sim-narrow:ContextLength", "100000"), ("Providers:second:Models:sim-narrow:ContextLength", "100000"));
        var answer = await providers.AskAsync(stream: true, "!echo " + string.Join(' ', Enumerable.Repeat("word", 150)), model: "sim-narrow");
        answer.IsError(400, "context_length_exceeded", 1);
        Assert.Equal([1, 0], providers.Calls());
    }
}
