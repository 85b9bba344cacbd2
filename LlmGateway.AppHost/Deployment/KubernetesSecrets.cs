using System.Text.RegularExpressions;
using Aspire.Hosting.Kubernetes.Resources;

namespace LlmGateway.AppHost.Deployment;

/// <summary>
/// Passwords and keys that an installation has to give. Aspire lists them in values.yaml as empty and writes them into the chart as they
/// are: one that is forgotten would make pods that cannot reach their servers, and one with a <c>@</c>, <c>;</c> or quotation mark an
/// address or a document that means something else. With this, Helm refuses both and says which value it is.
/// </summary>
internal static partial class KubernetesSecrets
{
    public static void Demand(Secret? secret)
    {
        if (secret is null)
        {
            return;
        }

        foreach (var (name, value) in secret.StringData.ToArray())
        {
            secret.StringData[name] = Reference().Replace(value, found => Demanded(found.Groups[1].Value, whole: found.Length == value.Length));
        }
    }

    // Backquotes: Helm reads the file before YAML does, and there the escaped quotation marks of a YAML string are no string.
    private static string Demanded(string path, bool whole)
    {
        var (characters, words) = whole ? ("A-Za-z0-9._~+/=-", "letters, digits and . _ ~ + / = -") : ("A-Za-z0-9._~-", "letters, digits and . _ ~ -");
        return $"{{{{ regexFind `^[{characters}]+$` (toString .Values.{path}) | required `{path} must be given, of {words} only` }}}}";
    }

    [GeneratedRegex(@"\{\{ \.Values\.(secrets\.[\w.]+) \}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
