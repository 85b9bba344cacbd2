using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Sensitivity.Detectors;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Sensitivity;

/// <summary>The repository's own documents and sources, which hold no secret and nobody's data: what is found there is a false alarm.</summary>
public class HarmlessCorpusTests
{
    private const int FewestLines = 2_000;

    private static readonly string[] Folders = ["LlmGateway.Api", "LlmGateway.Core", "LlmGateway.Data", "LlmGateway.Worker", "LlmGateway.Providers", "LlmGateway.ServiceDefaults"];

    private static readonly ISensitivityDetector[] Detectors =
    [
        new SecretTokenDetector(), new JwtDetector(), new ConnectionStringDetector(), new CredentialDetector(), new EmailDetector(), new PhoneDetector(),
        new CardDetector(), new IbanDetector(), new KeywordDetector([new Keyword("bluebird", 1, true), new Keyword("секрет", 1, false)]),
    ];

    [Fact]
    public void NothingIsFound_InDocumentsAndSources()
    {
        var lines = Lines().Distinct(StringComparer.Ordinal).ToArray();
        Assert.True(lines.Length >= FewestLines, $"only {lines.Length} lines");
        List<string> alarms = [.. lines.SelectMany(line => Detectors.SelectMany(detector => Looking.Kinds(detector, line)).Select(kind => $"{kind}: {line}"))];
        Assert.True(alarms.Count == 0, string.Join('\n', alarms.Take(20)));
    }

    /// <summary>Not the detectors themselves, whose comments show what they look for.</summary>
    private static IEnumerable<string> Lines() =>
        from file in Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/Sensitivity/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/Samples/", StringComparison.Ordinal))
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
        from line in File.ReadLines(file)
        where line.Trim().Length > 20
        select line.Trim();
}
