namespace LlmGateway.TestSupport;

/// <summary>Waiting for what nothing announces.</summary>
public static class Eventually
{
    private const int LooksWithoutDelay = 50;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    /// <summary>Looks again and again, until the condition holds or <see cref="TestTimeouts.Default"/> has passed.</summary>
    public static Task IsTrueAsync(Func<bool> condition, string what) => IsTrueAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="IsTrueAsync(Func{bool}, string)"/>
    public static Task IsTrueAsync(Func<Task<bool>> condition, string what) =>
        IsThereAsync(async () => await condition() ? what : null, what);

    /// <summary>Asks again and again, until there is an answer or <see cref="TestTimeouts.Default"/> has passed.</summary>
    /// <param name="ask">Returns null while there is none.</param>
    /// <param name="what">What is waited for.</param>
    public static async Task<T> IsThereAsync<T>(Func<Task<T?>> ask, string what)
        where T : class
    {
        var limit = TestTimeouts.Token();
        for (var looks = 1; ; looks++)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            Assert.False(limit.IsCancellationRequested, $"Never happened: {what}");
            if (looks < LooksWithoutDelay)
            {
                // Most of what tests wait for is a few continuations away.
                await Task.Yield();
            }
            else
            {
                await Task.Delay(Step, CancellationToken.None);
            }
        }
    }
}
