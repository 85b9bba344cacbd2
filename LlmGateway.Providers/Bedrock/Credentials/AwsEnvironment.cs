using LlmGateway.Core.Providers;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>The variables and shared files by which AWS's own tools are configured (source: AWS's SDK reference guide, "Settings reference").</summary>
/// <param name="read">A variable's value; null when it is not set.</param>
internal sealed class AwsEnvironment(Func<string, string?> read)
{
    private readonly Lazy<AwsProfile> _profile = new(() => AwsProfile.Load(new AwsEnvironment(read), null));

    public static AwsEnvironment From(IConfiguration? configuration) =>
        new(configuration is null ? Environment.GetEnvironmentVariable : name => configuration[name]);

    /// <summary>The variable's value; null when it is not set or empty.</summary>
    public string? this[string name] => read(name) is { Length: > 0 } value ? value : null;

    public string ProfileName => this["AWS_PROFILE"] ?? AwsProfile.DefaultName;

    public string CredentialsFile => this["AWS_SHARED_CREDENTIALS_FILE"] ?? InHome("credentials");

    public string ConfigFile => this["AWS_CONFIG_FILE"] ?? InHome("config");

    /// <summary>The region: from the settings, the name of the host, the variables or the profile; null when none tells.</summary>
    public string? Region(ProviderOptions options) =>
        Given(options.Aws.Region) ?? BedrockAddresses.RegionOf(options.BaseUrl) ?? this["AWS_REGION"] ?? this["AWS_DEFAULT_REGION"]
        ?? (options.Aws.Profile is null ? _profile.Value : AwsProfile.Load(this, options.Aws.Profile)).Region;

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private string InHome(string file) => Path.Combine(
        this["HOME"] ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aws", file);
}
