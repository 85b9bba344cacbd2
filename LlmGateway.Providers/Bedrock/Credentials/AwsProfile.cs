namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>
/// One profile of the shared files <c>credentials</c> and <c>config</c> (source: AWS's SDK reference guide, "Shared config and credentials
/// files"); what both have, the first tells.
/// </summary>
internal sealed class AwsProfile
{
    public const string DefaultName = "default";

    /// <summary>A file that is larger, in bytes, is not one of these.</summary>
    private const long MaxFileBytes = 1024 * 1024;

    private readonly Dictionary<string, string> _settings;

    private AwsProfile(string name, Dictionary<string, string> settings)
    {
        Name = name;
        _settings = settings;
    }

    public string Name { get; }

    public bool Exists => _settings.Count > 0;

    public string? Region => this["region"];

    public string? this[string setting] => _settings.TryGetValue(setting, out var value) && value.Length > 0 ? value : null;

    /// <summary>The credentials that stand in the profile; null when it has none.</summary>
    public AwsCredentials? Credentials => this["aws_access_key_id"] is { } id && this["aws_secret_access_key"] is { } secret
        ? new AwsCredentials(id, secret, this["aws_session_token"])
        : null;

    /// <summary>Empty when neither file has the profile or can be read.</summary>
    /// <param name="environment">Says where the files are.</param>
    /// <param name="name">The profile; null for the one that the environment names.</param>
    public static AwsProfile Load(AwsEnvironment environment, string? name)
    {
        name ??= environment.ProfileName;
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        Read(environment.ConfigFile, name == DefaultName ? [name, "profile " + name] : ["profile " + name], settings);
        Read(environment.CredentialsFile, [name], settings);
        return new AwsProfile(name, settings);
    }

    private static void Read(string file, string[] sections, Dictionary<string, string> settings)
    {
        string[] lines;
        try
        {
            if (!File.Exists(file) || new FileInfo(file).Length > MaxFileBytes)
            {
                return;
            }

            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }

        var isWanted = false;
        foreach (var line in lines)
        {
            var text = line.Trim();
            if (text.StartsWith('['))
            {
                var end = text.IndexOf(']', StringComparison.Ordinal);
                isWanted = end > 0 && sections.Contains(string.Join(' ', text[1..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
            }
            else if (isWanted && text.Length > 0 && text[0] is not ('#' or ';') && !char.IsWhiteSpace(line[0]) && text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
            {
                // Indented lines belong to a setting with settings of its own, which say nothing here.
                settings[text[..at].Trim()] = text[(at + 1)..].Trim();
            }
        }
    }
}

/// <summary>Keys in the shared files. Other programs renew them there, so they are read again from time to time.</summary>
internal sealed class ProfileCredentials(AwsEnvironment environment, string? name, TimeProvider time) : ICredentialSource
{
    private static readonly TimeSpan ReadAgain = TimeSpan.FromMinutes(10);

    public ValueTask<CredentialResult> FetchAsync(CancellationToken cancellationToken)
    {
        var profile = AwsProfile.Load(environment, name);
        return ValueTask.FromResult(profile.Credentials is { } credentials
            ? CredentialResult.Found(credentials with { Expires = time.GetUtcNow() + ReadAgain })
            : CredentialResult.Failed($"the AWS profile '{profile.Name}' has no access key"));
    }
}
