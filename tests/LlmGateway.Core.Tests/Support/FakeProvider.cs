using System.Buffers;
using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;

namespace LlmGateway.Core.Tests.Support;

/// <summary>A provider of callbacks.</summary>
internal sealed class FakeProvider(string name) : IModelProvider
{
    private int _listed;

    public string Name => name;

    public string Type => "fake";

    /// <summary>How often the models were asked for.</summary>
    public int Listed => Volatile.Read(ref _listed);

    public List<ListedModel> Models { get; } = [];

    public GatewayError? Error { get; set; }

    /// <summary>Set to hold answers to a listing back.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Func<ProviderCall, GatewayAnswer> Answer { get; set; } = _ => JsonAnswer("{}");

    public List<(Operation Operation, ProviderCall Call)> Calls { get; } = [];

    public ValueTask<GatewayAnswer> ChatAsync(ProviderCall call) => Record(Operation.Chat, call);

    public ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call) => Record(Operation.Completion, call);

    public ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call) => Record(Operation.Embeddings, call);

    public async ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _listed);
        await Gate;
        return Error is null ? new ModelListing([.. Models]) : ModelListing.Failed(Error);
    }

    public async ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken) => (await ListModelsAsync(cancellationToken)).Error;

    public static JsonAnswer JsonAnswer(string json, TokenUsage? usage = null, string? finishReason = null)
    {
        var body = new PooledBuffer();
        body.Write(Encoding.UTF8.GetBytes(json));
        return new JsonAnswer(body, usage, finishReason);
    }

    private ValueTask<GatewayAnswer> Record(Operation operation, ProviderCall call)
    {
        Calls.Add((operation, call));
        return ValueTask.FromResult(Answer(call));
    }
}
