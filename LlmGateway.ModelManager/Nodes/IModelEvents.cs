using LlmGateway.Contracts.Events;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>Where it is told that a model came into a node's memory or left it. Must not block.</summary>
internal interface IModelEvents
{
    void Loaded(ModelLoaded loaded);

    void Unloaded(ModelUnloaded unloaded);
}

/// <summary>Tells it in the log.</summary>
internal sealed partial class LoggedModelEvents(ILogger<LoggedModelEvents> logger) : IModelEvents
{
    public void Loaded(ModelLoaded loaded) => LogLoaded(loaded.Node, loaded.Model, loaded.VramBytes);

    public void Unloaded(ModelUnloaded unloaded) => LogUnloaded(unloaded.Node, unloaded.Model);

    [LoggerMessage(LogLevel.Information, "Node {Node} has loaded {Model}, with {VramBytes} bytes of GPU memory")]
    private partial void LogLoaded(string node, string model, long vramBytes);

    [LoggerMessage(LogLevel.Information, "Node {Node} has unloaded {Model}")]
    private partial void LogUnloaded(string node, string model);
}
