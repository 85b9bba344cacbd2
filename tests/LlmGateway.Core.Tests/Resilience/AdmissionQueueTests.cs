using LlmGateway.Core.Resilience;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Resilience;

public sealed class AdmissionQueueTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly AdmissionQueue _queue;

    public AdmissionQueueTests() => _queue = new AdmissionQueue(_time);

    [Fact]
    public void WithoutABound_EverybodyEnters_AndIsCounted()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(Admission.Admitted, Now(Enter()));
        }

        Assert.Equal((1000, 0, false), (_queue.Running, _queue.Waiting, _queue.IsBusy));
        _queue.Leave();
        Assert.Equal(999, _queue.Running);
    }

    [Fact]
    public async Task WhoFindsNoPlace_WaitsUntilOneIsGivenBack()
    {
        _queue.Capacity = 2;
        Now(Enter());
        Now(Enter());
        Assert.True(_queue.IsBusy);
        var third = Enter();
        Assert.False(third.IsCompleted);
        Assert.Equal((2, 1), (_queue.Running, _queue.Waiting));

        _queue.Leave();
        Assert.Equal(Admission.Admitted, await third);
        Assert.Equal((2, 0), (_queue.Running, _queue.Waiting));
    }

    [Fact]
    public async Task Urgency_ComesBeforeTheOrderOfArrival()
    {
        _queue.Capacity = 1;
        Now(Enter());
        RequestPriority[] arrivals =
        [
            RequestPriority.Low, RequestPriority.Normal, RequestPriority.High, RequestPriority.Normal, RequestPriority.Low, RequestPriority.High,
        ];
        var waiting = arrivals.Select(Enter).ToArray();
        var served = new List<int>();
        while (served.Count < waiting.Length)
        {
            _queue.Leave();

            // The place is given away before the task that was waiting for it runs on.
            Assert.Equal((1, waiting.Length - served.Count - 1), (_queue.Running, _queue.Waiting));
            await Task.WhenAny(waiting.Where((_, i) => !served.Contains(i))).WaitAsync(TestTimeouts.Default);
            served.Add(Enumerable.Range(0, waiting.Length).Single(i => !served.Contains(i) && waiting[i].IsCompleted));
        }

        Assert.Equal([2, 5, 1, 3, 0, 4], served);
    }

    [Fact]
    public async Task NobodyOvertakesThoseWhoWait()
    {
        _queue.Capacity = 1;
        Now(Enter());
        var first = Enter(RequestPriority.Low);
        var second = Enter(RequestPriority.Low);
        _queue.Leave();
        Assert.Equal(Admission.Admitted, await first);
        Assert.False(second.IsCompleted);
        var late = Enter(RequestPriority.Low);
        _queue.Leave();
        Assert.Equal(Admission.Admitted, await second);
        Assert.False(late.IsCompleted);
    }

    [Fact]
    public async Task AFullQueue_TakesNobodyMore()
    {
        _queue.Capacity = 1;
        Now(Enter());
        var waiting = Enter(most: 1);
        Assert.Equal(Admission.QueueFull, Now(Enter(RequestPriority.High, most: 1)));
        _queue.Leave();
        Assert.Equal(Admission.Admitted, await waiting);
        Assert.Equal((1, 0), (_queue.Running, _queue.Waiting));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    public void WithoutAQueueOrTimeToWait_OneIsTurnedAwayAtOnce(int most, int seconds)
    {
        _queue.Capacity = 1;
        Now(Enter());
        Assert.Equal(Admission.QueueFull, Now(Enter(most: most, wait: TimeSpan.FromSeconds(seconds))));
    }

    [Fact]
    public async Task AWait_EndsAtItsBound()
    {
        _queue.Capacity = 1;
        Now(Enter());
        var waiting = Enter();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(Admission.TimedOut, await waiting);
        Assert.Equal((1, 0), (_queue.Running, _queue.Waiting));

        _queue.Leave();
        Assert.Equal(Admission.Admitted, Now(Enter()));
    }

    [Fact]
    public async Task WhoLeaves_GivesTheTurnToTheNext()
    {
        _queue.Capacity = 1;
        Now(Enter());
        using var client = new CancellationTokenSource();
        var left = Enter(aborted: client.Token);
        var next = Enter();
        await client.CancelAsync();
        Assert.Equal(Admission.Aborted, await left);
        Assert.Equal(1, _queue.Waiting);
        _queue.Leave();
        Assert.Equal(Admission.Admitted, await next);
    }

    [Fact]
    public async Task WhoHasLeftBefore_TakesNoPlace()
    {
        _queue.Capacity = 1;
        Now(Enter());
        Assert.Equal(Admission.Aborted, await Enter(aborted: new CancellationToken(true)));
        Assert.Equal((1, 0), (_queue.Running, _queue.Waiting));
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(0, 5)]
    public async Task MoreRoom_IsGivenAwayAtOnce(int capacity, int admitted)
    {
        _queue.Capacity = 1;
        Now(Enter());
        var waiting = Enumerable.Range(0, 5).Select(_ => Enter()).ToArray();
        _queue.Capacity = capacity;
        Assert.Equal((1 + admitted, 5 - admitted), (_queue.Running, _queue.Waiting));
        Assert.All(await Task.WhenAll(waiting.Take(admitted)), a => Assert.Equal(Admission.Admitted, a));
    }

    [Fact]
    public async Task LessRoom_HoldsForThoseWhoComeNext()
    {
        for (var i = 0; i < 3; i++)
        {
            Now(Enter());
        }

        _queue.Capacity = 1;
        var waiting = Enter();
        _queue.Leave();
        _queue.Leave();
        Assert.False(waiting.IsCompleted);
        _queue.Leave();
        Assert.Equal(Admission.Admitted, await waiting);
    }

    /// <summary>However urgent one caller's requests are, and however many: another's is served within a part of the longest wait.</summary>
    [Fact]
    public async Task OneCallersUrgentRequests_DoNotStarveAnother()
    {
        _queue.Capacity = 1;
        Now(Enter(caller: "alice", priority: RequestPriority.High));
        var alices = new Queue<Task<Admission>>(Enumerable.Range(0, 4).Select(_ => Enter(RequestPriority.High, caller: "alice")));
        var bob = Enter(RequestPriority.Normal, caller: "bob");
        var turns = 0;
        while (!bob.IsCompleted)
        {
            Assert.True(++turns < 8, "bob is starved");
            _time.Advance(TimeSpan.FromSeconds(1));
            _queue.Leave();
            await Task.WhenAny([.. alices, bob]).WaitAsync(TestTimeouts.Default);
            if (alices.Peek().IsCompleted)
            {
                await alices.Dequeue();
            }

            alices.Enqueue(Enter(RequestPriority.High, caller: "alice"));
        }

        Assert.Equal(Admission.Admitted, await bob);
    }

    [Fact]
    public async Task EquallyUrgentRequests_AreServedInTurn()
    {
        _queue.Capacity = 1;
        Now(Enter(caller: "alice"));
        string[] callers = ["alice", "alice", "alice", "bob", "alice", "bob", "carol"];
        var waiting = callers.Select(caller => Enter(caller: caller)).ToArray();
        List<string> served = [];
        while (served.Count < waiting.Length)
        {
            _queue.Leave();
            var done = await Task.WhenAny(waiting).WaitAsync(TestTimeouts.Default);
            var index = Array.IndexOf(waiting, done);
            served.Add(callers[index]);
            waiting[index] = new TaskCompletionSource<Admission>().Task;
        }

        Assert.Equal(["alice", "bob", "carol", "alice", "bob", "alice", "alice"], served);
    }

    [Fact]
    public async Task AFullQueueOfOneCaller_HasRoomForAnother()
    {
        _queue.Capacity = 1;
        Now(Enter(caller: "alice"));
        var alices = Enumerable.Range(0, 3).Select(_ => Enter(most: 3, caller: "alice")).ToArray();
        Assert.Equal(Admission.QueueFull, Now(Enter(most: 3, caller: "alice")));
        var bob = Enter(most: 3, caller: "bob");
        Assert.Equal(Admission.QueueFull, await alices[2]);
        Assert.Equal(3, _queue.Waiting);
        Assert.False(bob.IsCompleted);

        // Not to the last place: who has the most keeps as many as the other.
        _ = Enter(most: 3, caller: "bob");
        Assert.Equal(Admission.QueueFull, Now(Enter(most: 3, caller: "bob")));
        Assert.False(alices[0].IsCompleted);
    }

    [Fact]
    public async Task WhoWaits_BecomesMoreUrgent()
    {
        _queue.Capacity = 1;
        Now(Enter());
        var low = Enter(RequestPriority.Low);
        _time.Advance(TimeSpan.FromSeconds(5));
        var high = Enter(RequestPriority.High);
        _queue.Leave();
        Assert.Equal(Admission.Admitted, await low);
        Assert.False(high.IsCompleted);
    }

    private Task<Admission> Enter(RequestPriority priority) => Enter(priority, 100);

    private Task<Admission> Enter(RequestPriority priority = RequestPriority.Normal, int most = 100, TimeSpan? wait = null, string caller = "", CancellationToken aborted = default) =>
        _queue.EnterAsync(priority, most, wait ?? Long, aborted, caller).AsTask().WaitAsync(TestTimeouts.Default, CancellationToken.None);

    private static Admission Now(Task<Admission> entering)
    {
        Assert.True(entering.IsCompletedSuccessfully, "it did not come at once");
        return entering.Result;
    }
}
