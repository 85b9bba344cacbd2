using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;

namespace LlmGateway.Core.Tests.Support;

/// <summary>A provider that plays answers in their order, the last of them for ever.</summary>
internal sealed class QueuedProvider(string name, TimeProvider time) : IModelProvider
{
    private readonly Queue<Func<ProviderCall, ValueTask<GatewayAnswer>>> _answers = new();

    public string Name => name;

    public string Type => "fake";

    public bool Translates { get; set; }

    /// <summary>When each call came.</summary>
    public List<DateTimeOffset> Times { get; } = [];

    public List<ProviderCall> Calls { get; } = [];

    public int Count => Calls.Count;

    public QueuedProvider Then(Func<ProviderCall, ValueTask<GatewayAnswer>> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    public QueuedProvider Then(Func<GatewayAnswer> answer) => Then(_ => ValueTask.FromResult(answer()));

    public QueuedProvider ThenFail(GatewayErrorCode code, TimeSpan? retryAfter = null) =>
        Then(() => new ErrorAnswer(new GatewayError(code, $"{name}: {code}") { RetryAfter = retryAfter }));

    public QueuedProvider ThenAnswer(string json = "{}") => Then(() => FakeProvider.JsonAnswer(json, null, "stop"));

    public ValueTask<GatewayAnswer> ChatAsync(ProviderCall call)
    {
        Times.Add(time.GetUtcNow());
        Calls.Add(call);
        var answer = _answers.Count > 1 ? _answers.Dequeue() : _answers.Peek();
        return answer(call);
    }

    public ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call) => ChatAsync(call);

    public ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call) => ChatAsync(call);

    public ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new ModelListing([]));

    public ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken) => ValueTask.FromResult<GatewayError?>(null);
}
