using LlmGateway.Core.Protocol;

namespace LlmGateway.Data.Jobs;

/// <summary>The paths that a batch may send its lines to.</summary>
public static class BatchEndpoints
{
    private static readonly Dictionary<string, Operation> Operations = new(StringComparer.Ordinal)
    {
        ["/v1/chat/completions"] = Operation.Chat,
        ["/v1/embeddings"] = Operation.Embeddings,
        ["/v1/completions"] = Operation.Completion,
    };

    public static IReadOnlyCollection<string> All => Operations.Keys;

    /// <summary>What the path does; null when no batch may use it.</summary>
    public static Operation? OperationOf(string? path) => path is not null && Operations.TryGetValue(path, out var operation) ? operation : null;
}
