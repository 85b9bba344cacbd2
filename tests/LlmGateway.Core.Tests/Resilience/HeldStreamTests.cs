using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

/// <summary>Streams whose beginning, or all, is held back before the client gets any of it.</summary>
public sealed class HeldStreamTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RoutingOptions _options = new() { HoldBytes = 10, HoldTime = TimeSpan.FromSeconds(2), MaxBufferedBytes = 20 };
    private readonly ScriptedStream _inner = new() { Tokens = new TokenUsage(3, 4), Reason = "stop" };

    [Theory]
    [InlineData(StreamMode.Hold)]
    [InlineData(StreamMode.Buffered)]
    public async Task AWholeStream_ComesOutAsItWas(StreamMode mode)
    {
        _inner.Send("one", "", "zwei ü", "3").Complete();
        var held = await StreamAsync(mode);
        Assert.Equal(["one", "", "zwei ü", "3"], await ReadAsync(held));
        Assert.Equal((new TokenUsage(3, 4), "stop"), (held.Usage, held.FinishReason));
        Assert.Null(held.Error);
        Assert.Equal(StreamState.Completed, await held.WaitAsync());
        await AssertReleasedAsync(held);
    }

    [Theory]
    [InlineData(StreamMode.Hold, "12345")]
    [InlineData(StreamMode.Buffered, "1234567890123456789")]
    public async Task AStreamThatBreaksWhileItIsHeld_IsAnError(StreamMode mode, string begin)
    {
        _inner.Send(begin[..2], begin[2..]).Fail();
        var error = Assert.IsType<ErrorAnswer>(await HoldAsync(mode)).Error;
        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, error.Code);
        Assert.Equal(1, _inner.Disposals);
    }

    [Fact]
    public async Task OnceEnoughIsHeld_TheRestPassesAsItComes()
    {
        _inner.Send("12345", "67890", "more");
        var held = await StreamAsync(StreamMode.Hold);
        Assert.Equal(StreamState.Ready, await held.WaitAsync());
        Assert.Equal(["12345", "67890", "more"], Available(held));

        var waiting = held.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        _inner.Send("last");
        Assert.Equal(StreamState.Ready, await waiting.WaitAsync(TestTimeouts.Default));
        Assert.Equal(["last"], Available(held));
        _inner.Fail();
        Assert.Equal(StreamState.Failed, await held.WaitAsync());
        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, held.Error?.Code);
        await AssertReleasedAsync(held);
    }

    [Fact]
    public async Task LessThanEnough_IsHeldOn()
    {
        _inner.Send("123456789");
        var holding = HoldAsync(StreamMode.Hold);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(holding.IsCompleted);
        _inner.Send("0");
        await using var held = await holding.WaitAsync(TestTimeouts.Default);
        Assert.IsAssignableFrom<StreamAnswer>(held);
    }

    [Fact]
    public async Task AfterTheTimeOfHolding_WhatIsThereGoesOut()
    {
        _inner.Send("12");
        var holding = HoldAsync(StreamMode.Hold);
        await Eventually.IsTrueAsync(() => _time.PendingTimers > 0, "the wait");
        _time.Advance(TimeSpan.FromSeconds(2));
        var held = Assert.IsAssignableFrom<StreamAnswer>(await holding.WaitAsync(TestTimeouts.Default));
        Assert.Equal(["12"], Available(held));

        // The wait that was begun during the hold goes on.
        var waiting = held.WaitAsync().AsTask();
        _inner.Send("34", "5").Complete();
        Assert.Equal(StreamState.Ready, await waiting.WaitAsync(TestTimeouts.Default));
        Assert.Equal(["34", "5"], await ReadAsync(held));
        await AssertReleasedAsync(held);
    }

    [Fact]
    public async Task TheTimeOfHolding_IsOneForAllChunks()
    {
        var holding = HoldAsync(StreamMode.Hold);
        for (var i = 0; i < 4; i++)
        {
            await Eventually.IsTrueAsync(() => _time.PendingTimers > 0, "the wait");
            Assert.False(holding.IsCompleted);
            _time.Advance(TimeSpan.FromSeconds(0.5));
            if (i < 3)
            {
                _inner.Send("x");
                var taken = i + 1;
                await Eventually.IsTrueAsync(() => _inner.Taken == taken && _time.PendingTimers == 1, "the next wait");
            }
        }

        await using var held = await holding.WaitAsync(TestTimeouts.Default);
        Assert.Equal(["x", "x", "x"], Available((StreamAnswer)held));
    }

    [Fact]
    public async Task InModeBuffered_TimeDoesNotMatter()
    {
        _inner.Send("12");
        var holding = HoldAsync(StreamMode.Buffered);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(holding.IsCompleted);
        _inner.Complete();
        await using var held = await holding.WaitAsync(TestTimeouts.Default);
        Assert.Equal(["12"], Available((StreamAnswer)held));
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public async Task InModeBuffered_TheSizeIsBounded(int length, bool fits)
    {
        _inner.Send(new string('x', length - 1), "y").Complete();
        await using var answer = await HoldAsync(StreamMode.Buffered);
        if (fits)
        {
            Assert.Equal(2, (await ReadAsync((StreamAnswer)answer)).Count);
            return;
        }

        var error = Assert.IsType<ErrorAnswer>(answer).Error;
        Assert.Equal((GatewayErrorCode.UpstreamInvalidResponse, "x-llm-gateway-stream-mode"), (error.Code, error.Param));
        Assert.Contains("20 bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, _inner.Disposals);
    }

    [Theory]
    [InlineData(StreamMode.Hold)]
    [InlineData(StreamMode.Buffered)]
    public async Task AClientThatLeavesDuringTheHold_EndsIt(StreamMode mode)
    {
        using var client = new CancellationTokenSource();
        using var registration = client.Token.Register(_inner.Abort);
        _inner.Send("1");
        var holding = HeldStream.HoldAsync(_inner, mode, _options, _time, client.Token).AsTask();
        await client.CancelAsync();
        Assert.Equal(GatewayErrorCode.ClientClosedRequest, Assert.IsType<ErrorAnswer>(await holding.WaitAsync(TestTimeouts.Default)).Error.Code);
        Assert.Equal((1, false), (_inner.Disposals, _inner.WasDisposedInAWait));
    }

    /// <summary>The wait fills memory that goes back to its pool with the stream: it must be over by then.</summary>
    [Fact]
    public async Task AStreamThatIsLeftDuringTheWaitOfTheHold_EndsThatWaitFirst()
    {
        _inner.Send("12");
        var holding = HoldAsync(StreamMode.Hold);
        await Eventually.IsTrueAsync(() => _time.PendingTimers > 0, "the wait");
        _time.Advance(TimeSpan.FromSeconds(2));
        var held = await holding.WaitAsync(TestTimeouts.Default);

        await held.DisposeAsync().AsTask().WaitAsync(TestTimeouts.Default);
        Assert.True(_inner.WasAborted);
        Assert.Equal((1, false), (_inner.Disposals, _inner.WasDisposedInAWait));
    }

    [Fact]
    public async Task Abort_EndsAWait()
    {
        _inner.Send("1234567890");
        var held = await StreamAsync(StreamMode.Hold);
        Available(held);
        var waiting = held.WaitAsync().AsTask();
        held.Abort();
        Assert.Equal(StreamState.Failed, await waiting.WaitAsync(TestTimeouts.Default));
        await AssertReleasedAsync(held);
    }

    [Fact]
    public async Task AStreamThatIsLeftEarly_IsReleased()
    {
        _inner.Send("12345", "67890").Complete();
        var held = await StreamAsync(StreamMode.Buffered);
        Assert.True(held.TryRead(out _));
        Assert.Equal(StreamState.Ready, held.State);
        await AssertReleasedAsync(held);
        await held.DisposeAsync();
    }

    private Task<GatewayAnswer> HoldAsync(StreamMode mode) => HeldStream.HoldAsync(_inner, mode, _options, _time, CancellationToken.None).AsTask();

    private async Task<StreamAnswer> StreamAsync(StreamMode mode) =>
        Assert.IsAssignableFrom<StreamAnswer>(await HoldAsync(mode).WaitAsync(TestTimeouts.Default));

    /// <summary>The chunks of a stream that completes.</summary>
    private static async Task<List<string>> ReadAsync(StreamAnswer stream)
    {
        var chunks = new List<string>();
        do
        {
            chunks.AddRange(Available(stream));
        }
        while (await stream.WaitAsync().AsTask().WaitAsync(TestTimeouts.Default) == StreamState.Ready);

        Assert.Equal(StreamState.Completed, stream.State);
        return chunks;
    }

    private static List<string> Available(StreamAnswer stream)
    {
        var chunks = new List<string>();
        while (stream.TryRead(out var chunk))
        {
            chunks.Add(Encoding.UTF8.GetString(chunk.Span));
        }

        return chunks;
    }

    private async Task AssertReleasedAsync(StreamAnswer held)
    {
        await held.DisposeAsync();
        Assert.Equal((1, false), (_inner.Disposals, _inner.WasDisposedInAWait));
    }
}
