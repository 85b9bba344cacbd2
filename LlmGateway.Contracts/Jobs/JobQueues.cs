namespace LlmGateway.Contracts.Jobs;

/// <summary>The queues of jobs, by the names that operators and the bus use.</summary>
public static class JobQueues
{
    public const string Chat = "chat";
    public const string Embeddings = "embeddings";
    public const string Batch = "batch";

    public static IReadOnlyList<string> All { get; } = [Chat, Embeddings, Batch];

    /// <summary>Name of the queue, and of the exchange in front of it, at the broker.</summary>
    public static string BrokerName(string queue) => $"llm-gateway.jobs.{queue}";
}
