using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Http;

/// <summary>Why a key is left out of the turn; a later one weighs more.</summary>
internal enum RestKind
{
    None,

    /// <summary>403: it may be the model, the region or the content that the key is not allowed, so it only comes after the others.</summary>
    Forbidden,

    /// <summary>429.</summary>
    RateLimited,

    /// <summary>401, 402, or words that mean the same.</summary>
    Refused,
}

/// <summary>One key of a provider and what the provider last said to it.</summary>
/// <param name="position">Its place in the configuration, from 1: all of it that may be logged.</param>
/// <param name="header">The value of the header that carries it.</param>
/// <param name="options">How long it rests.</param>
/// <param name="time">Clock.</param>
internal sealed class Credential(int position, string header, CredentialOptions options, TimeProvider time)
{
    private static readonly TimeSpan ForbiddenRest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);
    private static readonly State Whole = new(RestKind.None, 0, 0, 0);

    private readonly Lock _gate = new();
    private volatile State _state = Whole;

    public int Position => position;

    public string Header => header;

    /// <summary>Why it rests at this time; <see cref="RestKind.None"/> when it does not.</summary>
    public RestKind RestAt(long now) => _state is { Kind: not RestKind.None } state && state.End > now ? state.Kind : RestKind.None;

    /// <summary>What is left of its rest.</summary>
    public TimeSpan RemainingAt(long now) => _state.End is var end && end > now ? time.GetElapsedTime(now, end) : TimeSpan.Zero;

    /// <summary>The provider took the key; false when nothing else was known.</summary>
    /// <param name="asked">When the call began: one that is older than the rest says nothing about it.</param>
    /// <param name="before">Why it was resting.</param>
    public bool Restore(long asked, out RestKind before)
    {
        before = _state.Kind;
        if (before == RestKind.None)
        {
            return false;
        }

        lock (_gate)
        {
            before = _state.Kind;
            if (before == RestKind.None || asked < _state.Start)
            {
                return false;
            }

            _state = Whole;
            return true;
        }
    }

    /// <summary>The provider did not take the key; false when that was known.</summary>
    /// <param name="kind">What it said.</param>
    /// <param name="asked">When the call began: of calls that were under way together only the first lengthens the rest.</param>
    /// <param name="retryAfter">What the provider said about the time.</param>
    public bool TakeOut(RestKind kind, long asked, TimeSpan? retryAfter)
    {
        lock (_gate)
        {
            var known = _state;
            if (asked < known.Start && kind <= known.Kind)
            {
                return false;
            }

            var times = kind == known.Kind ? known.Times + 1 : 1;
            var now = time.GetTimestamp();
            _state = new State(kind, times, now, now + (long)(Duration(kind, times, retryAfter).TotalSeconds * time.TimestampFrequency));
            return kind != known.Kind;
        }
    }

    private TimeSpan Duration(RestKind kind, int times, TimeSpan? retryAfter)
    {
        var rest = kind switch
        {
            RestKind.Forbidden => ForbiddenRest,
            RestKind.Refused => Doubled(options.RestAfterRejection, times, options.LongestRest),
            _ => retryAfter ?? Jitter(Doubled(options.RestAfterRateLimit, times, LongestBackOff)),
        };
        return rest < options.LongestRest ? rest : options.LongestRest;
    }

    private static TimeSpan Doubled(TimeSpan first, int times, TimeSpan longest) =>
        TimeSpan.FromSeconds(Math.Min(first.TotalSeconds * Math.Pow(2, times - 1), Math.Max(longest.TotalSeconds, first.TotalSeconds)));

    /// <summary>A quarter more or less, so that gateways that were stopped together do not come back together.</summary>
    private static TimeSpan Jitter(TimeSpan rest) => rest * (0.75 + (Random.Shared.NextDouble() / 2));

    /// <param name="Kind">Why it rests, or last did: it is whole only after it has worked again.</param>
    /// <param name="Times">How often in a row.</param>
    /// <param name="Start">Timestamp.</param>
    /// <param name="End">Timestamp.</param>
    private sealed record State(RestKind Kind, int Times, long Start, long End);
}
