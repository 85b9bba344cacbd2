namespace LlmGateway.Api.Batches;

/// <summary>Public ids of batches: <c>batch_</c> and 32 hexadecimal digits, which sort by time.</summary>
internal static class BatchIds
{
    private const string Prefix = "batch_";
    private const int Digits = 32;

    private static readonly System.Buffers.SearchValues<char> Hexadecimal = System.Buffers.SearchValues.Create("0123456789abcdef");

    public static string New() => Prefix + Guid.CreateVersion7().ToString("N");

    /// <summary>Whether a batch can have this id. Others need not be looked for, whatever they hold.</summary>
    public static bool IsPossible(string? id) =>
        id is not null && id.Length == Prefix.Length + Digits && id.StartsWith(Prefix, StringComparison.Ordinal)
        && !id.AsSpan(Prefix.Length).ContainsAnyExcept(Hexadecimal);
}
