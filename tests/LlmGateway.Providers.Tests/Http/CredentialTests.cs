using System.Collections.Concurrent;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Anthropic;
using LlmGateway.Providers.OpenAI;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Providers.Tests.Http;

/// <summary>Several keys of one provider, used in turn.</summary>
public sealed class CredentialTests : IAsyncLifetime
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
    private const string AskStream = """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""";
    private const string Answer = """{"choices":[{"index":0,"message":{"content":"y"},"finish_reason":"stop"}]}""";
    private const string Chunk = """{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"stop"}]}""";

    private readonly ScriptedServer _server = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ProviderOptions _options = new();
    private readonly RecordingLogs _logs = new();
    private readonly Counter _counter = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Keys_AreUsedInTurn()
    {
        var provider = Make("k1", "k2", "k3");
        for (var i = 0; i < 6; i++)
        {
            _server.Then(Answer);
            await OkAsync(provider);
        }

        Assert.Equal(["k1", "k2", "k3", "k1", "k2", "k3"], Keys());
        Assert.Equal(0, _counter.Count);
    }

    [Fact]
    public async Task TheSameKeyTwice_IsOneKey()
    {
        _options.ApiKey = "k1";
        var provider = Make("k1", "k2", "k2");
        _server.Then(Answer).Then(Answer).Then(Answer);
        for (var i = 0; i < 3; i++)
        {
            await OkAsync(provider);
        }

        Assert.Equal(["k1", "k2", "k1"], Keys());
    }

    [Theory]
    [InlineData(401, Ask)]
    [InlineData(402, Ask)]
    [InlineData(403, Ask)]
    [InlineData(401, AskStream)]
    public async Task RefusedKey_IsFollowedByTheNextWithTheSameRequest(int status, string ask)
    {
        var provider = Make("k1", "k2");
        _server.Then("""{"error":{"message":"Incorrect API key provided: k1"}}""", status);
        if (ask == Ask)
        {
            _server.Then(Answer);
            Assert.Equal(Answer, await Calls.DocumentAsync(provider.ChatAsync(Call(ask))));
        }
        else
        {
            _server.ThenStream("text/event-stream", $"data: {Chunk}\n\ndata: [DONE]\n\n");
            Assert.Equal([Chunk], (await Calls.ReadAsync(provider.ChatAsync(Call(ask)))).Chunks);
        }

        Assert.Equal(["k1", "k2"], Keys());
        Assert.Equal(_server.Requests[0].Text, _server.Requests[1].Text);
        Assert.Equal(_server.Requests[0].Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), _server.Requests[1].Header("Content-Length"));
        Assert.Equal(1, _counter.Count);
    }

    [Fact]
    public async Task LargeRequest_IsSentWholeWithEveryKey()
    {
        var text = new string('ü', 1_000_000);
        var provider = Make("k1", "k2", "k3");
        _server.Then("", 401).Then("", 429).Then(Answer);

        await Calls.DocumentAsync(provider.ChatAsync(Call($$"""{"model":"m","messages":[{"role":"user","content":"{{text}}"}]}""", "other")));

        Assert.All(_server.Requests, r => Assert.Equal($$"""{"model":"other","messages":[{"role":"user","content":"{{text}}"}]}""", r.Text));
        Assert.Equal(2, _counter.Count);
    }

    [Fact]
    public async Task RefusedKey_RestsLongerEachTime_AndIsWholeOnceItWorks()
    {
        _options.Credentials.LongestRest = TimeSpan.FromMinutes(3);
        var provider = Make("k1", "k2");
        // :: It rests for 1 minute, then 2, then the most: 3
        foreach (var minutes in (int[])[1, 2, 3, 3])
        {
            await RefuseFirstAsync(provider);
            await RestsForAsync(provider, TimeSpan.FromMinutes(minutes));
        }

        // :: It works and begins anew
        await UsedAsync(provider, "k1");
        await RefuseFirstAsync(provider);
        await RestsForAsync(provider, TimeSpan.FromMinutes(1));

        Assert.Equal(["Provider 'up' refuses key #1 (status 401).", "Provider 'up' takes key #1 again.", "Provider 'up' refuses key #1 (status 401)."], _logs.Lines);
    }

    [Fact]
    public async Task EveryKeyRefused_IsExhausted_AndNobodyIsAskedUntilOneHasRested()
    {
        var provider = Make("k1", "k2");
        _server.Then("", 401).Then("", 402);

        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await ErrorAsync(provider)).Code);
        var asked = _server.Requests.Count;
        var error = await ErrorAsync(provider);
        Assert.Equal((GatewayErrorCode.UpstreamCredentialsExhausted, 502), (error.Code, ErrorMapper.Status(error)));
        Assert.Equal(2, asked);
        Assert.Equal(2, _server.Requests.Count);

        _time.Advance(TimeSpan.FromMinutes(1));
        _server.Then(Answer);
        await OkAsync(provider);
    }

    [Fact]
    public async Task ForbiddenKey_OnlyComesAfterTheOthers()
    {
        var provider = Make("k1", "k2");
        _server.Then("", 403).Then("", 403);
        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await ErrorAsync(provider)).Code);

        // The keys may be good for another model, so they are still tried.
        _server.Then("", 403).Then(Answer).Then(Answer).Then(Answer);
        await OkAsync(provider);
        var good = Keys()[^1];
        await OkAsync(provider);
        await OkAsync(provider);
        Assert.Equal([good, good, good], Keys().TakeLast(3));

        _time.Advance(TimeSpan.FromSeconds(5));
        _server.Then(Answer).Then(Answer);
        await OkAsync(provider);
        await OkAsync(provider);
        Assert.Equal(["k1", "k2"], Keys().TakeLast(2).Order());
    }

    [Fact]
    public async Task RateLimitedKey_RestsAsLongAsTheProviderSays()
    {
        var provider = Make("k1", "k2");
        _server.Then("", 429, headers: "Retry-After: 7\r\n").Then(Answer);
        await OkAsync(provider);
        await RestsForAsync(provider, TimeSpan.FromSeconds(7));
        Assert.Empty(_logs.Lines);
    }

    [Fact]
    public async Task RateLimitedKey_RestsNoLongerThanTheBound()
    {
        _options.Credentials.LongestRest = TimeSpan.FromMinutes(1);
        var provider = Make("k1", "k2");
        _server.Then("", 429, headers: "Retry-After: 86400\r\n").Then(Answer);
        await OkAsync(provider);
        await RestsForAsync(provider, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task EveryKeyRateLimited_TellsTheSmallestWait()
    {
        var provider = Make("k1", "k2", "k3");
        _server.Then("""{"error":{"message":"slow down"}}""", 429, headers: "Retry-After: 30\r\n").Then("", 401).Then("", 429, headers: "Retry-After: 9\r\n");

        var error = await ErrorAsync(provider);

        Assert.Equal((GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(9)), (error.Code, error.RetryAfter));
        // One more question, to the key that comes back first: the limit may have been another model's.
        _time.Advance(TimeSpan.FromSeconds(2));
        _server.Then("", 429, headers: "Retry-After: 40\r\n");
        Assert.Equal(TimeSpan.FromSeconds(28), (await ErrorAsync(provider)).RetryAfter);
        Assert.Equal(["k1", "k2", "k3", "k3"], Keys());
    }

    [Fact]
    public async Task RateLimitWithoutATime_RestsAboutAsConfigured()
    {
        _options.Credentials.RestAfterRateLimit = TimeSpan.FromSeconds(8);
        var provider = Make("k1", "k2");
        _server.Then("", 429).Then("", 429);

        Assert.InRange((await ErrorAsync(provider)).RetryAfter!.Value, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task OtherErrors_AreNotTriedAgain()
    {
        var provider = Make("k1", "k2");
        _server.Then("", 400).Then("", 500).Then("", 503);

        Assert.Equal(GatewayErrorCode.UpstreamRejected, (await ErrorAsync(provider)).Code);
        Assert.Equal(GatewayErrorCode.UpstreamError, (await ErrorAsync(provider)).Code);
        Assert.Equal(GatewayErrorCode.UpstreamUnavailable, (await ErrorAsync(provider)).Code);
        Assert.Equal(0, _counter.Count);
    }

    [Fact]
    public async Task OneKey_IsAskedWithEveryTime()
    {
        var provider = Make("k1");
        _server.Then("", 401).Then("", 429).Then("", 403).Then(Answer);

        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await ErrorAsync(provider)).Code);
        var limited = await ErrorAsync(provider);
        Assert.Equal((GatewayErrorCode.UpstreamRateLimited, null), (limited.Code, limited.RetryAfter));
        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await ErrorAsync(provider)).Code);
        await OkAsync(provider);
    }

    [Fact]
    public async Task NoKey_IsRejected()
    {
        _server.Then("", 401);
        Assert.Equal(GatewayErrorCode.UpstreamCredentials, (await ErrorAsync(Make())).Code);
    }

    [Fact]
    public async Task AccountWithoutCredit_IsNoRateLimit()
    {
        var provider = Make("k1", "k2");
        _server.Then("""{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""", 429).Then(Answer);
        await OkAsync(provider);
        await RestsForAsync(provider, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task AnthropicKeys_AreUsedInTurnToo()
    {
        _options.ApiKeys.AddRange(["a1", "a2", "a3"]);
        _options.BaseUrl = _server.BaseUrl;
        var provider = new AnthropicProviderFactory(_time, _logs).Create("up", _options);
        _server.Then("""{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}""", 401)
            .Then("""{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}""", 400)
            .Then("""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":1}}""");

        await Calls.DocumentAsync(provider.ChatAsync(Call(Ask)));

        Assert.Equal(["a1", "a2", "a3"], _server.Requests.Select(r => r.Header("x-api-key")));
        Assert.Single(_server.Requests.Select(r => r.Text).Distinct());
        Assert.Equal(2, _counter.Count);
    }

    [Fact]
    public async Task FirstToken_IsAwaitedFromTheBeginningOfTheCall()
    {
        _options.Timeouts.FirstToken = TimeSpan.FromSeconds(30);
        _options.Timeouts.Idle = TimeSpan.FromSeconds(5);
        var provider = Make("k1", "k2");
        _server.Then("", 401).Then(c => c.StallAsync());

        var answering = ErrorAsync(provider, AskStream);
        await _server.ArrivedAsync();
        await _server.ArrivedAsync();
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.False(answering.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(10));

        var error = await answering;
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, error.Code);
        Assert.Contains("no first token within 30 s", error.Message, StringComparison.Ordinal);
    }

    private IModelProvider Make(params string[] keys)
    {
        _options.ApiKeys.AddRange(keys);
        _options.BaseUrl = _server.BaseUrl + "/v1";
        return new OpenAIProviderFactory(OpenAIProfile.OpenAI, "openai", _time, _logs).Create("up", _options);
    }

    private ProviderCall Call(string ask, string? upstreamModel = null) => Calls.Chat(ask, upstreamModel) with { Attempts = _counter };

    private Task<string> OkAsync(IModelProvider provider) => Calls.DocumentAsync(provider.ChatAsync(Call(Ask)));

    private Task<GatewayError> ErrorAsync(IModelProvider provider, string ask = Ask) => Calls.ErrorAsync(provider.ChatAsync(Call(ask)));

    /// <summary>Two calls at most, until it is the turn of k1, which is refused then.</summary>
    private async Task RefuseFirstAsync(IModelProvider provider)
    {
        for (var refused = false; !refused;)
        {
            _server.Then(c =>
            {
                refused = c.Request.Header("Authorization") == "Bearer k1";
                if (refused)
                {
                    _server.Then(Answer);
                }

                return c.SendAsync($"HTTP/1.1 {(refused ? 401 : 200)} X\r\nContent-Type: application/json\r\nContent-Length: {Answer.Length}\r\n\r\n{Answer}");
            });
            await OkAsync(provider);
        }
    }

    /// <summary>k1 rests for exactly this time from now.</summary>
    private async Task RestsForAsync(IModelProvider provider, TimeSpan rest)
    {
        var before = Keys().Length;
        for (var i = 0; i < 3; i++)
        {
            _server.Then(Answer);
            await OkAsync(provider);
        }

        _time.Advance(rest - TimeSpan.FromTicks(1));
        _server.Then(Answer);
        await OkAsync(provider);
        Assert.DoesNotContain("k1", Keys().Skip(before));
        _time.Advance(TimeSpan.FromTicks(1));
    }

    /// <summary>Two calls, of which one uses this key.</summary>
    private async Task UsedAsync(IModelProvider provider, string key)
    {
        _server.Then(Answer).Then(Answer);
        await OkAsync(provider);
        await OkAsync(provider);
        Assert.Contains(key, Keys().TakeLast(2));
    }

    private string[] Keys() => [.. _server.Requests.Select(r => r.Header("Authorization")!["Bearer ".Length..])];

    private sealed class Counter : IAttemptCounter
    {
        public int Count { get; private set; }

        public void CountFurtherAttempt() => Count++;
    }

    /// <summary>Keeps what operators see by default.</summary>
    private sealed class RecordingLogs : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
