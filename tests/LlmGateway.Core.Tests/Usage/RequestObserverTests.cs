using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Tests.Support;
using LlmGateway.Core.Usage;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Usage;

/// <summary>Observers hear of a request exactly once, however it ends.</summary>
public sealed class RequestObserverTests : IRequestObserver
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _started = [];
    private readonly List<RequestOutcome> _ended = [];

    void IRequestObserver.Started(GatewayRequest request) => _started.Add(request.Id);

    void IRequestObserver.Ended(GatewayRequest request, in RequestOutcome outcome) => _ended.Add(outcome);

    [Fact]
    public async Task AWholeAnswer_EndsWhenItComes()
    {
        await InvokeAsync(FakeProvider.JsonAnswer("{}", new TokenUsage(11, 7), "stop"));
        Assert.Equal(["r"], _started);
        Assert.Equal(new RequestOutcome(null, new TokenUsage(11, 7), "stop", TimeSpan.FromSeconds(2), null), Assert.Single(_ended));
    }

    [Fact]
    public async Task AnError_EndsWithIt()
    {
        var error = new GatewayError(GatewayErrorCode.UpstreamUnavailable, "no");
        await InvokeAsync(new ErrorAnswer(error));
        Assert.Same(error, Assert.Single(_ended).Error);
    }

    [Fact]
    public async Task AnExceptionInside_EndsTheRequestToo()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await new UsageStage(_time, this).InvokeAsync(Request(), _ => throw new InvalidOperationException("boom")));
        Assert.Equal(GatewayErrorCode.Internal, Assert.Single(_ended).Error!.Code);
    }

    [Theory]
    [InlineData(StreamState.Completed, null)]
    [InlineData(StreamState.Failed, GatewayErrorCode.UpstreamInterrupted)]
    [InlineData(StreamState.Ready, GatewayErrorCode.ClientClosedRequest)]
    public async Task AStream_EndsOnceWhenItIsDisposed(StreamState state, GatewayErrorCode? code)
    {
        var stream = new EndingStream(state, _time.GetTimestamp() + TimeSpan.TicksPerSecond);
        await InvokeAsync(stream);
        Assert.Equal(["r"], _started);
        Assert.Empty(_ended);

        await stream.DisposeAsync();
        await stream.DisposeAsync();
        var outcome = Assert.Single(_ended);
        Assert.Equal(code, outcome.Error?.Code);
        Assert.Equal(TimeSpan.FromSeconds(1), outcome.FirstChunk);
        Assert.Equal(TimeSpan.FromSeconds(2), outcome.Duration);
    }

    private GatewayRequest Request() =>
        new("r", Views.Good($$"""{"model":"m","messages":{{Views.User}}}"""), new Caller("k"), CancellationToken.None) { StartTimestamp = _time.GetTimestamp() };

    private ValueTask<GatewayAnswer> InvokeAsync(GatewayAnswer answer) => new UsageStage(_time, this).InvokeAsync(Request(), _ =>
    {
        _time.Advance(TimeSpan.FromSeconds(2));
        return ValueTask.FromResult(answer);
    });

    private sealed class EndingStream : StreamAnswer
    {
        public EndingStream(StreamState state, long firstChunk)
        {
            State = state;
            FirstChunkTimestamp = firstChunk;
            Error = state == StreamState.Failed ? new GatewayError(GatewayErrorCode.UpstreamInterrupted, "cut") : null;
        }

        public override TokenUsage? Usage => null;

        public override string? FinishReason => null;

        public override ValueTask<StreamState> WaitAsync() => ValueTask.FromResult(State);

        public override bool TryRead(out ReadOnlyMemory<byte> chunk)
        {
            chunk = default;
            return false;
        }

        protected override ValueTask ReleaseAsync() => ValueTask.CompletedTask;
    }
}
