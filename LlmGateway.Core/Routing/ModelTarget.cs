using LlmGateway.Core.Providers;

namespace LlmGateway.Core.Routing;

/// <summary>A model at a provider: one place where a request can be answered.</summary>
/// <param name="Name">The model's name at the gateway.</param>
/// <param name="Provider">Who serves it.</param>
/// <param name="UpstreamName">Its name at the provider.</param>
/// <param name="Created">Unix time in seconds.</param>
/// <param name="OwnedBy">The owner shown in model lists.</param>
public sealed record ModelTarget(string Name, IModelProvider Provider, string UpstreamName, long Created, string OwnedBy);
