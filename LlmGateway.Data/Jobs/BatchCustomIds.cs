namespace LlmGateway.Data.Jobs;

internal static class BatchCustomIds
{
    /// <summary>Custom ids that more than one of these lines has.</summary>
    public static List<string> Repeated(IReadOnlyList<JobItem> items) =>
        [.. items.GroupBy(item => item.CustomId, StringComparer.Ordinal).Where(same => same.DistinctBy(item => item.Line).Count() > 1).Select(same => same.Key)];
}
