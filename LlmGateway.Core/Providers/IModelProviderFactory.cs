namespace LlmGateway.Core.Providers;

/// <summary>Makes providers of one dialect.</summary>
public interface IModelProviderFactory
{
    /// <summary>Value of <see cref="ProviderOptions.Type"/> that selects this dialect.</summary>
    string Type { get; }

    IModelProvider Create(string name, ProviderOptions options);
}
