using Microsoft.Extensions.Options;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>The <c>Nodes</c> section.</summary>
public sealed class NodesOptions
{
    /// <summary>Ollama servers by name. A provider of the same name at the gateway is served by this node.</summary>
    public Dictionary<string, NodeOptions> Nodes { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>One Ollama server.</summary>
public sealed class NodeOptions
{
    /// <summary>Its address, such as <c>http://gpu-1:11434</c>.</summary>
    public string BaseUrl { get; set; } = "";
}

/// <summary>Finds everything that is wrong with the section at once.</summary>
internal sealed class NodesOptionsValidator : IValidateOptions<NodesOptions>
{
    private const int LongestName = 128;

    public ValidateOptionsResult Validate(string? name, NodesOptions options)
    {
        var errors = options.Nodes.SelectMany(node => Check(node.Key, node.Value)).ToArray();
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Check(string name, NodeOptions options)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName)
        {
            yield return $"Nodes: '{name}' is no name of a node; it must have 1 to {LongestName} characters.";
        }

        if (!Uri.TryCreate(options.BaseUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            yield return $"Nodes:{name}:BaseUrl is '{options.BaseUrl}'; it must be an absolute http or https address.";
        }
        else if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            // Said without the value: it may hold a password.
            yield return $"Nodes:{name}:BaseUrl must not hold a user name, a query or a fragment.";
        }
    }
}
