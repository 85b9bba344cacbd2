namespace LlmGateway.Core.Sensitivity;

/// <summary>What was found in the content of one request, decided once and never lowered afterwards.</summary>
/// <param name="Score">From 0 (nothing found) to 1 (certain).</param>
/// <param name="Required">The least trusted provider that may see the content.</param>
/// <param name="Reasons">Names of what was found, such as <c>card_number</c> or <c>keyword</c>; never the content itself.</param>
public sealed record SensitivityVerdict(double Score, SecurityLevel Required, IReadOnlyList<string> Reasons)
{
    /// <summary>Nothing was looked for, or nothing was found.</summary>
    public static SensitivityVerdict None { get; } = new(0, SecurityLevel.Low, []);

    public bool IsSensitive => Required == SecurityLevel.High;
}
