using System.Collections.Concurrent;

namespace LlmGateway.Core.Resilience;

/// <summary>A target's retries: a budget for each caller, so that one whose requests always fail does not use up those of the others.</summary>
internal sealed class RetryBudgets
{
    /// <summary>Callers with a budget of their own; those beyond share one.</summary>
    private const int Most = 1000;

    private readonly ConcurrentDictionary<string, RetryBudget> _callers = new(StringComparer.Ordinal);
    private readonly RetryBudget _further = new();

    /// <summary>Callers whose requests never needed a retry have no budget that could be paid into.</summary>
    private volatile bool _isAny;

    /// <summary>Retries that could be made now for a caller.</summary>
    public long Available(string caller) => Find(caller).Available;

    /// <param name="caller">Whose request it is that pays.</param>
    /// <param name="ratio">Retries per request.</param>
    public void Deposit(string caller, double ratio)
    {
        if (_isAny)
        {
            Find(caller).Deposit(ratio);
        }
    }

    public bool TryTake(string caller)
    {
        _isAny = true;
        if (!_callers.TryGetValue(caller, out var own))
        {
            own = _callers.Count < Most ? _callers.GetOrAdd(caller, static _ => new RetryBudget()) : _further;
        }

        return own.TryTake();
    }

    private RetryBudget Find(string caller) => _callers.GetValueOrDefault(caller) ?? _further;
}
