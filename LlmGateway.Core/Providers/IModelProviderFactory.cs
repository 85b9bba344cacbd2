namespace LlmGateway.Core.Providers;

/// <summary>Makes providers of one dialect.</summary>
public interface IModelProviderFactory
{
    /// <summary>Value of <see cref="ProviderOptions.Type"/> that selects this dialect.</summary>
    string Type { get; }

    /// <summary>The address of a provider whose configuration has none; null when it must have one.</summary>
    string? DefaultBaseUrl => null;

    IModelProvider Create(string name, ProviderOptions options);
}
