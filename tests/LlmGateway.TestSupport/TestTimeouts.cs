namespace LlmGateway.TestSupport;

public static class TestTimeouts
{
    /// <summary>How long a test waits for what must happen; far longer than it takes on a busy machine.</summary>
    public static TimeSpan Default { get; } = TimeSpan.FromSeconds(30);

    /// <summary>A token that fires after <see cref="Default"/>.</summary>
    public static CancellationToken Token() => new CancellationTokenSource(Default).Token;
}
