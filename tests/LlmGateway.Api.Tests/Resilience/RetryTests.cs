namespace LlmGateway.Api.Tests.Resilience;

/// <summary>One provider: which of its failures a client never sees, and what it is told of the others.</summary>
public sealed class RetryTests
{
    private const string Text = "one two three four five";

    [Theory]
    [InlineData("status;code=429;retry=1;times=1")]
    [InlineData("status;code=429;times=1")]
    [InlineData("status;code=500;times=1")]
    [InlineData("status;code=502;times=1")]
    [InlineData("status;code=503;times=1")]
    [InlineData("status;code=503;retry=1;times=1")]
    [InlineData("reset;times=1")]
    [InlineData("cut;after=0;times=1")]
    [InlineData("error-body;times=1")]
    public async Task AFailureThatPasses_IsNotNoticed(string fault)
    {
        await using var providers = await FaultyProviders.StartAsync(1);
        foreach (var stream in new[] { false, true })
        {
            providers.With(0, fault);
            (await providers.AskAsync(stream)).IsWhole(Text, attempts: 2);
        }

        Assert.Equal([4], providers.Calls());
    }

    [Theory]
    [InlineData("reset;after=1;times=1", false)]
    [InlineData("cut;after=1;times=1", false)]
    [InlineData("end;after=0;times=1", true)]
    [InlineData("error-event;after=0;times=1", true)]
    public async Task AFailureBeforeTheCommitPoint_IsNotNoticed(string fault, bool stream)
    {
        await using var providers = await FaultyProviders.StartAsync(1);
        (await providers.With(0, fault).AskAsync(stream)).IsWhole(Text, attempts: 2);
        Assert.Equal([2], providers.Calls());
    }

    [Theory]
    [InlineData("slow-first;ms=400")]
    [InlineData("no-done")]
    [InlineData("split;bytes=1,crlf")]
    public async Task WhatOnlyTakesTimeOrLooksOdd_IsNoFailure(string fault)
    {
        await using var providers = await FaultyProviders.StartAsync(1);
        foreach (var stream in new[] { false, true })
        {
            (await providers.With(0, fault).AskAsync(stream)).IsWhole(Text, attempts: 1);
        }

        Assert.Equal([2], providers.Calls());
    }

    [Theory]
    [InlineData("status;code=429", 429, "upstream_rate_limited", 2, null)]
    [InlineData("status;code=429;retry=1", 429, "upstream_rate_limited", 2, "1")]
    [InlineData("status;code=429;retry=60", 429, "upstream_rate_limited", 1, "60")]
    [InlineData("status;code=500", 502, "upstream_error", 2, null)]
    [InlineData("status;code=503", 503, "upstream_unavailable", 2, null)]
    [InlineData("status;code=503;retry=60", 503, "upstream_unavailable", 1, "60")]
    [InlineData("status;code=504", 504, "upstream_timeout", 1, null)]
    [InlineData("reset", 502, "upstream_interrupted", 2, null)]
    [InlineData("error-body", 502, "upstream_error", 2, null)]
    [InlineData("html", 502, "upstream_invalid_response", 1, null)]
    [InlineData("truncate;after=0", 502, "upstream_invalid_response", 1, null)]
    [InlineData("malformed;after=0", 502, "upstream_invalid_response", 1, null)]
    [InlineData("status;code=401", 502, "upstream_credentials_rejected", 1, null)]
    [InlineData("status;code=404", 404, "model_not_found", 1, null)]
    [InlineData("status;code=400", 400, null, 1, null)]
    [InlineData("status;code=422", 422, null, 1, null)]
    public async Task AFailureThatStays_IsTold_AfterABoundedNumberOfCalls(string fault, int status, string? code, int calls, string? retryAfter)
    {
        foreach (var stream in new[] { false, true })
        {
            // Each with a provider that was not told to rest by the other.
            await using var providers = await FaultyProviders.StartAsync(1);
            var answer = await providers.With(0, fault).AskAsync(stream);
            answer.IsError(status, code, calls);
            Assert.Equal([calls], providers.Calls());
            Assert.Equal(retryAfter, answer.Header("Retry-After"));
            Assert.Equal("up", answer.Provider);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Silence_EndsAtTheBoundOfTheProvider(bool stream)
    {
        await using var providers = await FaultyProviders.StartAsync(1, ("Providers:up:Timeouts:FirstToken", "00:00:01"), ("Providers:up:Timeouts:Total", "00:00:01"));
        (await providers.With(0, "stall").AskAsync(stream)).IsError(504, "upstream_timeout", 1);
        Assert.Equal([1], providers.Calls());
    }

    [Theory]
    [InlineData("cut;after=3", "upstream_interrupted")]
    [InlineData("reset;after=2", "upstream_interrupted")]
    [InlineData("end;after=3", "upstream_interrupted")]
    [InlineData("no-finish", "upstream_interrupted")]
    [InlineData("stall;after=3", "upstream_timeout")]
    [InlineData("malformed;after=2", "upstream_invalid_response")]
    [InlineData("truncate;after=2", "upstream_invalid_response")]
    [InlineData("error-event;after=2", "upstream_error")]
    public async Task AfterTheCommitPoint_NothingIsTriedAgain(string fault, string code)
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Providers:up:Timeouts:Idle", fault.StartsWith("stall", StringComparison.Ordinal) ? "00:00:01" : "00:00:30"));
        (await providers.With(0, fault).AskAsync(stream: true)).IsBrokenOff(Text, code, 1);
        Assert.Equal([1, 0], providers.Calls());
        Assert.NotNull((await providers.SettledAsync()).Outcome.Error);
    }

    /// <summary>A refusal for what the prompt says is an answer: nobody else is asked to give another one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ARefusalByAContentFilter_IsReturnedAsItIs(int count)
    {
        const string body = """{"error":{"message":"The response was filtered.","type":"invalid_request_error","param":"prompt","code":"content_filter"}}""";
        await using var providers = await FaultyProviders.StartAsync(count);
        foreach (var stream in new[] { false, true })
        {
            var answer = await providers.With(0, "status;code=400;body=" + Uri.EscapeDataString(body)).AskAsync(stream);
            answer.IsError(400, "content_filter", 1);
            Assert.Equal(body, answer.Text);
        }

        Assert.Equal([2, .. count == 2 ? [0] : Array.Empty<int>()], providers.Calls());
    }

    [Fact]
    public async Task AProviderThatCannotBeReached_IsTriedTwice()
    {
        await using var providers = await FaultyProviders.StartAsync(
            1, ("Providers:dead:Type", "openai"), ("Providers:dead:BaseUrl", "http://127.0.0.1:9/v1"), ("Providers:dead:Models:x:UpstreamName", "x"), ("Providers:dead:Discover", "false"));
        (await providers.AskAsync(stream: true, model: "x")).IsError(503, "upstream_unavailable", 2);
    }

    /// <summary>A client that comes while the provider rests waits as long as that makes sense, and no call is made before.</summary>
    [Fact]
    public async Task WhileAProviderRests_NobodyCallsIt()
    {
        await using var providers = await FaultyProviders.StartAsync(1);
        (await providers.With(0, "status;code=429;retry=600").AskAsync(stream: false)).IsError(429, "upstream_rate_limited", 1);
        var answer = await providers.With(0, "").AskAsync(stream: false);
        answer.IsError(429, "upstream_rate_limited", 0);
        Assert.InRange(int.Parse(answer.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 500, 600);
        Assert.Equal([1], providers.Calls());

        providers.Time.Shift(TimeSpan.FromSeconds(601));
        (await providers.AskAsync(stream: false)).IsWhole(Text, 1);
    }
}
