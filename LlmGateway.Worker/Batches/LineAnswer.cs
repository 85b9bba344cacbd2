using LlmGateway.Data.Jobs;
using LlmGateway.Data.Usage;

namespace LlmGateway.Worker.Batches;

/// <summary>A line with its answer, to be written.</summary>
/// <param name="Item">The line, ended.</param>
/// <param name="Usage">Its charge.</param>
internal readonly record struct LineAnswer(JobItem Item, UsageRecord? Usage);
