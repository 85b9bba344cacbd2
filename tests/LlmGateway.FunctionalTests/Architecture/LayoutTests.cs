using System.Text.RegularExpressions;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Architecture;

/// <summary>A folder is one concern and holds all of it: namespaces follow folders, and no file grows into a second one.</summary>
public partial class LayoutTests
{
    private const int LongestFile = 300;

    /// <summary>Generated, no code of the project, or in place of a package and in its namespace.</summary>
    private static readonly string[] Foreign = ["/obj/", "/bin/", "/Migrations/", "/Samples/", "/ClosedNetwork/"];

    [Fact]
    public void Namespaces_AreTheFoldersOfTheirFiles()
    {
        var strays = Sources().Select(f => (File: f, Namespace: Declaration().Match(File.ReadAllText(Absolute(f))).Groups[1].Value, Folder: Path.GetDirectoryName(f)!.Replace('/', '.')))
            // Top-level programs have none. A project's entry points may stand in its own namespace, so that one using finds them.
            .Where(s => s.Namespace.Length > 0 && s.Namespace != s.Folder && !(s.Folder == s.Namespace + ".Hosting"))
            .Select(s => $"{s.File}: {s.Namespace}");
        Assert.Empty(strays);
    }

    [Fact]
    public void Files_AreShort() => Assert.Empty(
        Sources().Select(f => (File: f, Lines: File.ReadLines(Absolute(f)).Count())).Where(f => f.Lines > LongestFile).Select(f => $"{f.File}: {f.Lines}"));

    /// <summary>.NET's binder skips what it cannot read without a word.</summary>
    [Fact]
    public void Settings_AreReadByOneReader() => Assert.All(
        Sources().Where(f => !f.StartsWith("LlmGateway.Simulator/", StringComparison.Ordinal) && !f.StartsWith("LlmGateway.AppHost/", StringComparison.Ordinal))
            .Select(f => (File: f, Text: File.ReadAllText(Absolute(f)))),
        source => Assert.False(BinderCall().IsMatch(source.Text), source.File));

    private static string Absolute(string file) => Path.Combine(Repository.Root, file);

    private static List<string> Sources()
    {
        var files = Directory.GetDirectories(Repository.Root, "LlmGateway.*")
            .SelectMany(d => Directory.GetFiles(d, "*.cs", SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'))
            .Where(f => !Foreign.Any(p => f.Contains(p, StringComparison.Ordinal)))
            .ToList();
        Assert.True(files.Count > 50, "the repository's sources were not found");
        return files;
    }

    [GeneratedRegex(@"GetSection\([^)]*\)\.(Bind|Get<)|\.BindConfiguration\(|\.ValidateDataAnnotations\(")]
    private static partial Regex BinderCall();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
