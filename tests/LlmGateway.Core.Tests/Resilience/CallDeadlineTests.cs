using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

public class CallDeadlineTests
{
    private static readonly ProviderTimeouts Timeouts = new()
    {
        FirstToken = TimeSpan.FromSeconds(20),
        FirstByte = TimeSpan.FromSeconds(40),
        Idle = TimeSpan.FromSeconds(5),
        Total = TimeSpan.FromSeconds(60),
    };

    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _client = new();

    [Fact]
    public void AStream_MustBeginWithinTheFirstTokenBound()
    {
        using var deadline = Start(streamed: true);
        Advance(19.9);
        Assert.False(deadline.Token.IsCancellationRequested);
        Advance(0.1);
        AssertEnded(deadline, CallEnd.FirstToken, "first token within 20 s");
    }

    [Fact]
    public void AStreamAskedForAgain_MustBeginWithinTheBoundOfTheFirstTime()
    {
        using var deadline = Start(streamed: true);
        Advance(2);
        deadline.StartIdle();
        Advance(4);
        deadline.Resume();
        Advance(13.9);
        Assert.Equal(CallEnd.None, deadline.End);
        Advance(0.1);
        AssertEnded(deadline, CallEnd.FirstToken, "first token within 20 s");
    }

    [Fact]
    public void AWholeAnswer_MustBeginWithinABoundOfItsOwn()
    {
        using var deadline = Start(streamed: false);
        Advance(39.9);
        Assert.Equal(CallEnd.None, deadline.End);
        Advance(0.1);
        AssertEnded(deadline, CallEnd.FirstByte, "sent nothing within 40 s");
    }

    [Fact]
    public void AWholeAnswerThatHasBegun_HasItsTotal()
    {
        using var deadline = Start(streamed: false);
        // Byte by byte, none of them too late.
        for (var i = 0; i < 15; i++)
        {
            deadline.StartIdle();
            Advance(3.99);
            deadline.StopWaiting();
        }

        deadline.StartIdle();
        Assert.Equal(CallEnd.None, deadline.End);
        Advance(0.15);
        AssertEnded(deadline, CallEnd.Total, "did not finish within 60 s");
    }

    [Fact]
    public void AStreamThatLacksOnlyItsEnd_IsNotWaitedForLong()
    {
        using var deadline = Start(streamed: true);
        deadline.StartIdle();
        Advance(1);
        deadline.StartStreamEnd();
        Advance(0.9);
        Assert.Equal(CallEnd.None, deadline.End);
        Advance(0.1);
        Assert.Equal(CallEnd.StreamEnd, deadline.End);
        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void WhatComesInsteadOfTheEndOfAStream_DoesNotMakeTheWaitLonger()
    {
        using var deadline = Start(streamed: true);
        deadline.StartIdle();
        for (var i = 0; i < 3; i++)
        {
            deadline.StartStreamEnd();
            Advance(0.3);
            deadline.StopWaiting();
        }

        deadline.StartStreamEnd();
        Advance(0.1);
        Assert.Equal(CallEnd.StreamEnd, deadline.End);
    }

    [Fact]
    public void Silence_EndsACallAfterTheIdleBound()
    {
        using var deadline = Start(streamed: true);
        Advance(3);
        deadline.StartIdle();
        Advance(4.9);
        Assert.Equal(CallEnd.None, deadline.End);
        Advance(0.1);
        AssertEnded(deadline, CallEnd.Idle, "nothing more for 5 s");
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.7)]
    [InlineData(2.3)]
    [InlineData(4.999)]
    public void Silence_IsMeasuredExactlyWhereverTheTimerStands(double offset)
    {
        using var deadline = Start(streamed: true);
        Advance(offset);
        for (var i = 0; i < 5; i++)
        {
            deadline.StartIdle();
            Advance(4.9);
            deadline.StopWaiting();
        }

        deadline.StartIdle();
        Advance(4.99);
        Assert.Equal(CallEnd.None, deadline.End);
        Advance(0.01);
        Assert.Equal(CallEnd.Idle, deadline.End);
    }

    [Fact]
    public void TimeThatASlowClientTakes_IsNotIdle()
    {
        using var deadline = Start(streamed: true);
        deadline.StartIdle();
        Advance(1);
        deadline.StopWaiting();
        Advance(30);
        Assert.Equal(CallEnd.None, deadline.End);
    }

    [Fact]
    public void Progress_DoesNotMoveTheTotal()
    {
        using var deadline = Start(streamed: true);
        for (var i = 0; i < 15; i++)
        {
            Assert.Equal(CallEnd.None, deadline.End);
            deadline.StartIdle();
            Advance(4);
            deadline.StopWaiting();
        }

        AssertEnded(deadline, CallEnd.Total, "did not finish");
    }

    /// <summary>The total bound ends the call all the same, and it is not the provider that was slow.</summary>
    [Fact]
    public void ATotalThatWentByWhileTheClientRead_IsTheClients()
    {
        using var deadline = Start(streamed: true);
        for (var i = 0; i < 4; i++)
        {
            deadline.StartIdle();
            Advance(2);
            deadline.StopWaiting();
            Advance(13);
        }

        Assert.Equal(CallEnd.Total, deadline.End);
        Assert.Equal(GatewayErrorCode.RequestTimeout, deadline.ToError("p").Code);
        Assert.False(FailureRules.IsTargetsFault(deadline.ToError("p")));
    }

    [Fact]
    public void AClientThatLeaves_EndsTheCallAtOnce()
    {
        using var deadline = Start(streamed: true);
        _client.Cancel();
        Assert.Equal(CallEnd.Aborted, deadline.End);
        Assert.True(deadline.Token.IsCancellationRequested);
        Assert.Equal(GatewayErrorCode.ClientClosedRequest, deadline.ToError("p").Code);
    }

    [Fact]
    public void AClientThatHasLeftAlready_EndsTheCallAtOnce()
    {
        _client.Cancel();
        using var deadline = Start(streamed: true);
        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void TheFirstEnd_Stays()
    {
        using var deadline = Start(streamed: true);
        Advance(20);
        _client.Cancel();
        Assert.Equal(CallEnd.FirstToken, deadline.End);
    }

    [Fact]
    public void Dispose_LeavesNoTimerAndNoRegistration()
    {
        var deadline = Start(streamed: true);
        deadline.Dispose();
        Assert.Equal(0, _time.PendingTimers);
        _client.Cancel();
        Advance(1000);
        Assert.Equal(CallEnd.None, deadline.End);
    }

    [Fact]
    public void AChunk_CostsNoTimerOperation()
    {
        using var deadline = Start(streamed: true);
        deadline.StartIdle();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            deadline.StopWaiting();
            deadline.StartIdle();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1, _time.PendingTimers);
    }

    /// <summary>A bound may pass before the constructor is through: the timer of a busy machine fires when it likes.</summary>
    [Fact]
    public void ATimerThatFiresInsideTheConstructor_DoesNoHarm()
    {
        using var deadline = new CallDeadline(new ImpatientTime(), Timeouts, streamed: true, CancellationToken.None);
        Assert.Equal(CallEnd.None, deadline.End);
    }

    private static void AssertEnded(CallDeadline deadline, CallEnd end, string text)
    {
        Assert.Equal(end, deadline.End);
        Assert.True(deadline.Token.IsCancellationRequested);
        var error = deadline.ToError("alpha");
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Contains("'alpha'", error.Message, StringComparison.Ordinal);
    }

    private CallDeadline Start(bool streamed) => new(_time, Timeouts, streamed, _client.Token);

    private void Advance(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Fires a timer that is armed at its creation before it hands it out.</summary>
    private sealed class ImpatientTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                callback(state);
            }

            return System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
