using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Detectors;

/// <summary>Tells what stands for a secret in examples and templates from a secret.</summary>
internal static class Placeholders
{
    private static readonly SearchValues<string> Words = SearchValues.Create(
        ["example", "placeholder", "changeme", "change_me", "change-me", "your_", "your-", "redacted", "xxxx", "dummy", "<", "${", "{{", "$(", "***", "..."], StringComparison.OrdinalIgnoreCase);

    public static bool IsPlaceholder(ReadOnlySpan<char> value) =>
        value.IsEmpty || value[0] is '$' or '%' or '{' or '[' || value.IndexOfAny(Words) >= 0 || IsTrivial(value);

    private static bool IsTrivial(ReadOnlySpan<char> value) =>
        !value.ContainsAnyExcept(value[0])
        || value.Equals("password", StringComparison.OrdinalIgnoreCase) || value.Equals("pass", StringComparison.OrdinalIgnoreCase)
        || value.Equals("pwd", StringComparison.OrdinalIgnoreCase) || value.Equals("secret", StringComparison.OrdinalIgnoreCase);
}
