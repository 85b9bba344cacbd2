using LlmGateway.Core.Sensitivity;

namespace LlmGateway.Core.Providers;

/// <summary>Makes providers of one dialect.</summary>
public interface IModelProviderFactory
{
    /// <summary>Value of <see cref="ProviderOptions.Type"/> that selects this dialect.</summary>
    string Type { get; }

    /// <summary>How far providers of this dialect are trusted when the configuration does not say.</summary>
    SecurityLevel DefaultSecurity => IsLocal ? SecurityLevel.High : SecurityLevel.Medium;

    /// <summary>Servers of this dialect run on the operator's own machines.</summary>
    bool IsLocal => false;

    /// <summary>A model that a local server passes on to somebody else's machines, and so is not trusted like the server.</summary>
    bool RunsElsewhere(string model) => false;

    /// <summary>The address of a provider whose options name none; null where none can be known.</summary>
    string? DefaultBaseUrl(ProviderOptions options) => null;

    IModelProvider Create(string name, ProviderOptions options);
}
