using System.Runtime.CompilerServices;

namespace LlmGateway.TestSupport;

/// <summary>Waiting for what nothing announces.</summary>
public static class Eventually
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    /// <summary>Looks again and again, until the condition holds or <see cref="TestTimeouts.Default"/> has passed.</summary>
    /// <param name="condition">What must come true.</param>
    /// <param name="what">The same in words, for the message of a test that waited in vain.</param>
    public static Task IsTrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        IsTrueAsync(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="IsTrueAsync(Func{bool}, string)"/>
    public static async Task IsTrueAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var limit = TestTimeouts.Token();
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Never happened: {what}");
            await Task.Delay(Step, CancellationToken.None);
        }
    }
}
