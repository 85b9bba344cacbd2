namespace LlmGateway.Core.Routing;

/// <summary>The <c>Routing</c> section: how targets are chosen, and what happens when one fails. Reloaded while running.</summary>
public sealed class RoutingOptions
{
    /// <summary><c>priority</c>, <c>weighted</c>, <c>cost</c>, <c>latency</c>, <c>least-busy</c> or <c>auto</c>.</summary>
    /// <value>The default is <c>priority</c>.</value>
    public string Strategy { get; set; } = "priority";

    /// <summary>Calls made for one request at most, over all targets.</summary>
    /// <value>The default is 6.</value>
    public int MaxAttempts { get; set; } = 6;

    /// <summary>Calls made to one target for one request at most.</summary>
    /// <value>The default is 2.</value>
    public int AttemptsPerTarget { get; set; } = 2;

    /// <summary>The wait before the first retry; doubles with each further one, and a random part of it is left out.</summary>
    /// <value>The default is 250 milliseconds.</value>
    public TimeSpan Backoff { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest that a request waits for targets to become available again, all waits together; a longer <c>Retry-After</c> goes to the client.</summary>
    /// <value>The default is 5 seconds.</value>
    public TimeSpan MaxRetryWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Retries per target as a share of its requests.</summary>
    /// <value>The default is 0.2.</value>
    public double RetryBudget { get; set; } = 0.2;

    /// <summary>The longest rest of a target that limits its rate, or cannot be used, without saying for how long.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan MaxCoolDown { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How streams are passed on when a request does not say: <c>passthrough</c>, <c>hold</c> or <c>buffered</c>.</summary>
    /// <value>The default is <c>passthrough</c>.</value>
    public string StreamMode { get; set; } = "passthrough";

    /// <summary>The beginning of a stream that is held back in mode <c>hold</c>, in bytes of its chunks.</summary>
    /// <value>The default is 4096.</value>
    public int HoldBytes { get; set; } = 4096;

    /// <summary>The longest that the beginning of a stream is held back in mode <c>hold</c>.</summary>
    /// <value>The default is 2 seconds.</value>
    public TimeSpan HoldTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The largest stream that is held whole in mode <c>buffered</c>, in bytes of its chunks.</summary>
    /// <value>The default is 8 MiB.</value>
    public int MaxBufferedBytes { get; set; } = 8 * 1024 * 1024;

    public CircuitBreakerOptions CircuitBreaker { get; set; } = new();

    public AdmissionOptions Admission { get; set; } = new();

    /// <summary>Use <see cref="Fallbacks"/>.</summary>
    /// <value>The default is true.</value>
    public bool EnableFallbacks { get; set; } = true;

    /// <summary>What is tried, in order, when no target of a model could answer; by model, <c>*</c> for every model without an entry.</summary>
    public Dictionary<string, List<FallbackOptions>> Fallbacks { get; } = new(StringComparer.Ordinal);
}

/// <summary>One circuit per provider and model.</summary>
public sealed record CircuitBreakerOptions
{
    /// <value>The default is true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>The share of failures that opens the circuit, over 0 to 1.</summary>
    /// <value>The default is 0.5.</value>
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Calls within <see cref="SamplingDuration"/> below which the circuit stays closed; at least 2.</summary>
    /// <value>The default is 10.</value>
    public int MinimumThroughput { get; set; } = 10;

    /// <value>The default is 30 seconds; at least half a second.</value>
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an open circuit lets nothing through; then one call tries.</summary>
    /// <value>The default is 15 seconds; at least half a second.</value>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>The queue before a target that takes a bounded number of calls at once (<c>MaxConcurrency</c>).</summary>
public sealed class AdmissionOptions
{
    /// <summary>Requests that may wait for one target.</summary>
    /// <value>The default is 100.</value>
    public int MaxQueueLength { get; set; } = 100;

    /// <summary>The longest that a request waits.</summary>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan MaxQueueWait { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>One step after every target of a model has failed.</summary>
public sealed class FallbackOptions
{
    /// <summary>The model to ask instead; null asks the same one with the other settings of this step.</summary>
    public string? Model { get; set; }

    /// <summary>Replaces the request's bound of the answer when that is higher or absent.</summary>
    public int? MaxTokens { get; set; }

    /// <summary>Replaces the request's <c>temperature</c>.</summary>
    public double? Temperature { get; set; }

    /// <summary>The longest wait for the answer to begin; for an answer that is not streamed, for all of it.</summary>
    public TimeSpan? Timeout { get; set; }
}
