namespace LlmGateway.Settings.Reading;

/// <summary>A section of the configuration that this process reads.</summary>
/// <param name="Path">Where it stands; empty for an options class whose properties are sections.</param>
/// <param name="Type">The options class.</param>
/// <param name="Create">Makes and checks the options as the configuration is now.</param>
public sealed record Section(string Path, Type Type, Func<IServiceProvider, object> Create);
