using System.Reflection;

namespace LlmGateway.Api.Docs;

/// <summary>The documentation's sources, embedded under their path in this folder (<c>OpenApi/chat.json</c>).</summary>
internal static class EmbeddedText
{
    private static readonly Assembly Assembly = typeof(EmbeddedText).Assembly;

    /// <summary>Paths of a folder's files, in ordinal order.</summary>
    public static IEnumerable<string> List(string folder) =>
        Assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public static string Read(string path)
    {
        using var stream = Assembly.GetManifestResourceStream(path)
            ?? throw new InvalidOperationException($"The assembly holds no resource '{path}'; is it listed as EmbeddedResource in the project file?");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
