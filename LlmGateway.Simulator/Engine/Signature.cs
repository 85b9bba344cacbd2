namespace LlmGateway.Simulator.Engine;

/// <summary>Proves that a thought is the Simulator's own and unchanged.</summary>
internal static class Signature
{
    public static string Of(string thinking) => Convert.ToBase64String(BitConverter.GetBytes(StableHash.Of("signed " + thinking)));
}
