using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

public sealed class FallbackCallTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(3);

    private readonly FailoverBench _bench = new();
    private readonly QueuedProvider _provider;

    public FallbackCallTests()
    {
        _provider = _bench.Provider("a");
        _bench.NewRequest();
    }

    [Theory]
    [InlineData("", """{"model":"m","messages":U,"max_tokens":100}""")]
    [InlineData(",\"max_tokens\":500", """{"model":"m","messages":U,"max_tokens":100}""")]
    [InlineData(",\"max_completion_tokens\":500,\"x\":{\"max_tokens\":7}", """{"model":"m","messages":U,"x":{"max_tokens":7},"max_completion_tokens":100}""")]
    public void ABoundOfTheAnswer_IsLowered(string members, string expected)
    {
        var changed = Change(members, new FallbackOptions { MaxTokens = 100 });
        Assert.Equal(expected.Replace("U", Views.User, StringComparison.Ordinal), Text(changed));
        Assert.Equal(100, changed.MaxTokens);
        Assert.Equal("\"m\"", changed.Text(changed.ModelValue));
    }

    [Theory]
    [InlineData(",\"max_tokens\":99")]
    [InlineData(",\"max_tokens\":100")]
    public void ALowerBound_StaysWhatItIs(string members)
    {
        var view = Views.Good($$"""{"model":"m","messages":{{Views.User}}{{members}}}""");
        Assert.Same(view, FallbackCall.Change(view, new FallbackOptions { MaxTokens = 100 }));
        Assert.Same(view, FallbackCall.Change(view, new FallbackOptions { Model = "other", Timeout = Bound }));
    }

    [Fact]
    public void EverythingElse_StaysWhatItIs()
    {
        const string members = """,  "temperature":1.5,"seed":1234567890123456789,"vendor":{"a":[1e3,"Grüße 😀 \ud83d\ude00 \"q\"",null,true]},"user":"\u00fc","stream":true""";
        var changed = Change(members, new FallbackOptions { Temperature = 0.2 });
        Assert.Equal("ü", changed.User);
        Assert.True(changed.Stream);
        var text = Text(changed);
        Assert.EndsWith("\"temperature\":0.2}", text, StringComparison.Ordinal);
        Assert.Contains("\"seed\":1234567890123456789,", text, StringComparison.Ordinal);
        using var document = System.Text.Json.JsonDocument.Parse(text);
        var list = document.RootElement.GetProperty("vendor").GetProperty("a");
        Assert.Equal(("1e3", "Grüße 😀 😀 \"q\""), (list[0].GetRawText(), list[1].GetString()));
        Assert.Single(document.RootElement.EnumerateObject(), p => p.Name == "temperature");
    }

    [Fact]
    public void Embeddings_HaveNothingToChange()
    {
        var view = Views.Good("""{"model":"m","input":"x"}""", Operation.Embeddings);
        Assert.Same(view, FallbackCall.Change(view, new FallbackOptions { MaxTokens = 1, Temperature = 0 }));
    }

    [Fact]
    public void DeepRequests_AreChangedToo()
    {
        var deep = new string('[', 400) + new string(']', 400);
        var json = $$"""{"model":"m","messages":{{Views.User}},"x":{{deep}}}""";
        Assert.Null(Views.Read(json, out var view, maxDepth: 500));
        Assert.Contains(deep, Text(FallbackCall.Change(view, new FallbackOptions { MaxTokens = 3 })), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAnswerThatDoesNotCome_EndsAtTheBoundOfTheStep()
    {
        var calling = SendAsync(UntilAborted);
        _bench.Time.Advance(Bound - TimeSpan.FromMilliseconds(1));
        Assert.False(calling.IsCompleted);
        _bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        var error = Assert.IsType<ErrorAnswer>(await calling.WaitAsync(TestTimeouts.Default)).Error;
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, error.Code);
        Assert.Contains("3 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Time.PendingTimers);
    }

    [Fact]
    public async Task AClientThatLeaves_EndsTheCallAtOnce()
    {
        var calling = SendAsync(UntilAborted);
        _bench.Leave();
        Assert.Equal(GatewayErrorCode.ClientClosedRequest, Assert.IsType<ErrorAnswer>(await calling.WaitAsync(TestTimeouts.Default)).Error.Code);
    }

    [Fact]
    public async Task AStreamThatHasBegun_IsNotBounded_AndStillEndsWithItsClient()
    {
        await using var answer = await SendAsync(_ => ValueTask.FromResult<GatewayAnswer>(new ScriptedStream().Send("x")));
        Assert.IsAssignableFrom<StreamAnswer>(answer);
        _bench.Time.Advance(TimeSpan.FromHours(1));
        var aborted = _provider.Calls[0].Aborted;
        Assert.False(aborted.IsCancellationRequested);
        _bench.Leave();
        Assert.True(aborted.IsCancellationRequested);
    }

    /// <summary>Such a stream has been stopped already, and must not be taken for one that the client left.</summary>
    [Fact]
    public async Task AStreamThatBeginsInTheMomentOfTheBound_IsTooLate()
    {
        var stream = new ScriptedStream().Send("x");
        var answer = await SendAsync(_ =>
        {
            _bench.Time.Advance(Bound);
            return ValueTask.FromResult<GatewayAnswer>(stream);
        });
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, Assert.IsType<ErrorAnswer>(answer).Error.Code);
        Assert.Equal(1, stream.Disposals);
    }

    [Fact]
    public async Task AnErrorWithinTheBound_IsThatError()
    {
        var answer = await SendAsync(_ => ValueTask.FromResult<GatewayAnswer>(FailoverBench.Failure(GatewayErrorCode.UpstreamError)));
        Assert.Equal(GatewayErrorCode.UpstreamError, Assert.IsType<ErrorAnswer>(answer).Error.Code);
        Assert.Equal(0, _bench.Time.PendingTimers);
    }

    private static async ValueTask<GatewayAnswer> UntilAborted(ProviderCall call)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = call.Aborted.Register(left.SetResult);
        await left.Task;
        return FailoverBench.Failure(GatewayErrorCode.ClientClosedRequest);
    }

    private Task<GatewayAnswer> SendAsync(Func<ProviderCall, ValueTask<GatewayAnswer>> answer) => FallbackCall.SendAsync(
        _bench.Request, _bench.Target(_provider.Then(answer)), new FallbackOptions { Timeout = Bound }, _bench.Time).AsTask();

    private static RequestView Change(string members, FallbackOptions step) =>
        FallbackCall.Change(Views.Good($$"""{"model":"m","messages":{{Views.User}}{{members}}}"""), step);

    private static string Text(RequestView view) => System.Text.Encoding.UTF8.GetString(view.Body.Span);
}
