namespace LlmGateway.TestSupport;

/// <summary>Where the sources lie, for tests that run scripts or read documents.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The text of a file, with the line ends of Unix.</summary>
    /// <param name="path">Relative to <see cref="Root"/>.</param>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "LlmGateway.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"LlmGateway.sln is in no directory above {AppContext.BaseDirectory}.");
    }
}
