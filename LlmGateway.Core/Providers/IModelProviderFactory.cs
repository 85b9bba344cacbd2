namespace LlmGateway.Core.Providers;

/// <summary>Makes providers of one dialect.</summary>
public interface IModelProviderFactory
{
    /// <summary>Value of <see cref="ProviderOptions.Type"/> that selects this dialect.</summary>
    string Type { get; }

    /// <summary>The address of a provider whose options name none; null where none can be known.</summary>
    string? DefaultBaseUrl(ProviderOptions options) => null;

    IModelProvider Create(string name, ProviderOptions options);
}
