namespace LlmGateway.Worker.Batches;

/// <summary>The store says that somebody else has the batch now.</summary>
internal sealed class LeaseLostException() : Exception("The batch's lease is lost.")
{
    /// <exception cref="LeaseLostException">The lease does not hold.</exception>
    public static void ThrowUnless(bool held)
    {
        if (!held)
        {
            throw new LeaseLostException();
        }
    }
}
