using System.Collections.Concurrent;
using LlmGateway.Contracts.Events;
using LlmGateway.ModelManager.Nodes;

namespace LlmGateway.ModelManager.Tests.Support;

/// <summary>Events in the order in which they were told: <c>+model</c> for loaded, <c>-model</c> for unloaded.</summary>
internal sealed class RecordedEvents : IModelEvents
{
    public ConcurrentQueue<string> All { get; } = new();

    public void Loaded(ModelLoaded loaded) => All.Enqueue("+" + loaded.Model);

    public void Unloaded(ModelUnloaded unloaded) => All.Enqueue("-" + unloaded.Model);
}
