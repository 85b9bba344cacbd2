namespace LlmGateway.Core.Resilience;

/// <summary>
/// Keeps retries a bounded share of the requests: each request pays a little in, each retry takes one out. So a provider that fails
/// everything is not asked twice as often for it. A reserve allows retries when there is little traffic.
/// </summary>
internal sealed class RetryBudget
{
    private const long Unit = 1000;

    /// <summary>Retries that are possible without any traffic before.</summary>
    private const long Reserve = 10 * Unit;

    private const long Most = 100 * Unit;

    private long _balance = Reserve;

    /// <summary>Retries that could be made now.</summary>
    public long Available => Volatile.Read(ref _balance) / Unit;

    /// <param name="ratio">Retries per request.</param>
    public void Deposit(double ratio)
    {
        // A full budget is what a healthy target has: nothing is written for its requests.
        if (Volatile.Read(ref _balance) < Most)
        {
            Interlocked.Add(ref _balance, (long)(ratio * Unit));
        }
    }

    public bool TryTake()
    {
        if (Interlocked.Add(ref _balance, -Unit) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref _balance, Unit);
        return false;
    }
}
