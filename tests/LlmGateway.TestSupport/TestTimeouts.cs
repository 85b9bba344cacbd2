namespace LlmGateway.TestSupport;

/// <summary>The one bound of every wait in a test: long enough for a busy machine, short enough to see a hang.</summary>
public static class TestTimeouts
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(20);

    /// <summary>A token that fires after <see cref="Default"/>.</summary>
    public static CancellationToken Token() => new CancellationTokenSource(Default).Token;
}
