using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Support;

/// <summary>Targets, settings and a clock that only a test moves: what one failover needs and no more.</summary>
internal sealed class FailoverBench
{
    /// <summary>Time goes on in steps of this length while a request runs.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _client = new();

    public ManualTimeProvider Time { get; } = new();

    public RoutingOptions Options { get; } = new();

    public GatewayRequest Request { get; private set; } = null!;

    public static ErrorAnswer Failure(GatewayErrorCode code, TimeSpan? retryAfter = null) => new(new GatewayError(code, code.ToString()) { RetryAfter = retryAfter });

    public QueuedProvider Provider(string name) => new(name, Time);

    public ModelTarget Target(QueuedProvider provider, int? contextLength = null) =>
        new("m", provider, "m-" + provider.Name, 0, "o") { ContextLength = contextLength, State = new TargetState(provider.Name, "m", Time) };

    public GatewayRequest NewRequest(StreamMode? mode = null, string members = "", RequestPriority priority = RequestPriority.Normal) => Request =
        new GatewayRequest("r", Views.Good(Views.ChatJson(members)), new Caller("k"), _client.Token) { StartTimestamp = 1, StreamMode = mode, Priority = priority };

    /// <summary>The client leaves.</summary>
    public void Leave() => _client.Cancel();

    /// <summary>Starts a failover over these targets.</summary>
    public Task<GatewayAnswer> StartAsync(params ModelTarget[] targets) => StartAsync([.. targets.Select(t => new Candidate(t))]);

    public Task<GatewayAnswer> StartAsync(params Candidate[] candidates) => new FailoverRun(
        NewRequest(), new RoutePlan("test", candidates, []), Options, new TargetCaller(Time), Time, new Random(1)).RunAsync().AsTask();

    /// <summary>Runs a failover to its end; time passes only while it waits for it.</summary>
    public Task<GatewayAnswer> RunAsync(params ModelTarget[] targets) => WhileTimePassesAsync(StartAsync(targets));

    public async Task<GatewayError> FailAsync(params ModelTarget[] targets) => Assert.IsType<ErrorAnswer>(await RunAsync(targets)).Error;

    public async Task<T> WhileTimePassesAsync<T>(Task<T> task)
    {
        var limit = TestTimeouts.Token();
        while (!task.IsCompleted)
        {
            limit.ThrowIfCancellationRequested();
            if (Time.PendingTimers > 0)
            {
                Time.Advance(Step);
            }

            await Task.Yield();
        }

        return await task;
    }

    /// <summary>Waits until the code under test waits for the clock.</summary>
    public Task WaitsAsync(int timers = 1) => Eventually.IsTrueAsync(() => Time.PendingTimers >= timers, "a wait for the clock");
}
