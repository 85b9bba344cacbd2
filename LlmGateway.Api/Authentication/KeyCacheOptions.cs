namespace LlmGateway.Api.Authentication;

/// <summary>The <c>Authentication:KeyCache</c> section: what is remembered of keys in the database.</summary>
public sealed class KeyCacheOptions
{
    /// <summary>How long a key is remembered; a change in the database takes effect after at most this time.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it is remembered that there is no such key.</summary>
    /// <value>The default is 5 seconds.</value>
    public TimeSpan UnknownDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after <see cref="Duration"/> a key is still honoured while the database does not answer.</summary>
    /// <value>The default is 10 minutes.</value>
    public TimeSpan StaleDuration { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a request waits for the database.</summary>
    /// <value>The default is 1 second.</value>
    public TimeSpan LookupTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Keys that are remembered, and as many digests that belong to none.</summary>
    /// <value>The default is 10,000.</value>
    public int Capacity { get; set; } = 10_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Values that cannot be meant.</summary>
    internal IEnumerable<string> Mistakes()
    {
        (string Name, TimeSpan Value, TimeSpan Least)[] times =
        [
            (nameof(Duration), Duration, TimeSpan.Zero),
            (nameof(UnknownDuration), UnknownDuration, TimeSpan.Zero),
            (nameof(StaleDuration), StaleDuration, TimeSpan.Zero),
            (nameof(LookupTimeout), LookupTimeout, TimeSpan.FromMilliseconds(10)),
        ];
        foreach (var (name, value, least) in times)
        {
            if (value < least || value > Day)
            {
                yield return $"Authentication:KeyCache:{name} is {value}; it must lie between {least} and {Day}.";
            }
        }

        if (Capacity is < 1 or > 10_000_000)
        {
            yield return $"Authentication:KeyCache:Capacity is {Capacity}; it must lie between 1 and 10000000.";
        }
    }
}
