namespace LlmGateway.Api.Jobs;

/// <summary>Public ids of jobs: <c>job_</c> and 32 hexadecimal digits, which sort by time.</summary>
internal static class JobIds
{
    private const string Prefix = "job_";
    private const int Digits = 32;

    public static string New() => Prefix + Guid.CreateVersion7().ToString("N");

    /// <summary>Whether a job can have this id. Others need not be looked for, whatever they hold.</summary>
    public static bool IsPossible(string? id) =>
        id is { Length: Digits + 4 } && id.StartsWith(Prefix, StringComparison.Ordinal) && !id.AsSpan(Prefix.Length).ContainsAnyExcept(Hexadecimal);

    private static readonly System.Buffers.SearchValues<char> Hexadecimal = System.Buffers.SearchValues.Create("0123456789abcdef");
}
