using System.Text.RegularExpressions;

namespace LlmGateway.Api.Tests.Docs;

public sealed partial class LinkTests
{
    public static TheoryData<string> Pages()
    {
        var pages = new TheoryData<string> { "README.md", "AGENTS.md", "CHANGELOG.md" };
        foreach (var page in Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
        {
            pages.Add(Path.GetRelativePath(Repository.Root, page).Replace('\\', '/'));
        }

        return pages;
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void RelativeLinks_LeadToFilesAndHeadings(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        Assert.All(Link().Matches(Repository.Read(page)).Select(m => m.Groups[1].Value), link =>
        {
            var parts = link.Split('#');
            var target = parts[0].Length == 0 ? Path.Combine(Repository.Root, page) : Path.GetFullPath(Path.Combine(folder, parts[0]));
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{page} links to {link}, which does not exist.");
            if (parts.Length > 1)
            {
                var headings = Heading().Matches(File.ReadAllText(target)).Select(m => m.Groups[1].Value.Trim().ToLowerInvariant().Replace(' ', '-'));
                Assert.Contains(parts[1], headings);
            }
        });
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("AGENTS.md")]
    [InlineData("docs/architecture.md")]
    public void NamedProjects_Exist_UnlessTheyArePlanned(string page)
    {
        var planned = new[] { "LlmGateway.Worker", "LlmGateway.ModelManager", "LlmGateway.SystemMonitor" };
        Assert.All(
            Project().Matches(Repository.Read(page)).Select(m => m.Groups[1].Value).Where(name => !planned.Contains(name)),
            name => Assert.True(Directory.Exists(Path.Combine(Repository.Root, name)), $"{page} names {name}, which does not exist."));
    }

    [GeneratedRegex(@"\]\((?!https?:)([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"`(LlmGateway\.[A-Z][A-Za-z]+)`")]
    private static partial Regex Project();
}
