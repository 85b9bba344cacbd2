using LlmGateway.Core.Pipeline;
using LlmGateway.Settings.Reading;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Authentication;

/// <summary>The <c>Authentication</c> section.</summary>
public sealed class AuthenticationOptions
{
    public const string Section = "Authentication";

    /// <summary>API keys by a name of the operator's choice, which shows up in logs and usage; the key itself never does.</summary>
    public Dictionary<string, ApiKeyOptions> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>How long keys of the database are remembered.</summary>
    public KeyCacheOptions KeyCache { get; } = new();

    internal static bool HasKeys(IConfiguration configuration) => configuration.GetSection($"{Section}:{nameof(Keys)}").GetChildren().Any();
}

/// <summary>One API key: the key itself, or its SHA-256.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>The key as clients send it. Belongs into a secret store or the environment.</summary>
    [Secret]
    public string? Key { get; set; }

    /// <summary>SHA-256 of the key in 64 hexadecimal digits.</summary>
    [Secret]
    public string? Sha256 { get; set; }

    /// <summary>What the key opens: <c>user</c> the models, <c>admin</c> also <c>/admin</c>. None is the same as <c>user</c>.</summary>
    public List<string> Roles { get; } = [];

    /// <summary>Shorter keys can be guessed.</summary>
    private const int MinKeyLength = 12;

    internal ApiKeyDigest? Digest => Key is { Length: > 0 } ? ApiKeyDigest.Of(Key) : Sha256 is { } hex ? ApiKeyDigest.FromHex(hex) : null;

    internal IReadOnlyList<string> EffectiveRoles => Roles.Count == 0 ? CallerRoles.Default : Roles;

    /// <summary>What is wrong with the entry of this name; null when it is good.</summary>
    internal string? Mistake(string name) => this switch
    {
        _ when (Key is null) == (Sha256 is null) => $"Authentication:Keys:{name} must have either Key or Sha256.",
        { Digest: null } => $"Authentication:Keys:{name}:{(Key is null ? "Sha256 must be 64 hexadecimal digits" : "Key is empty or too long")}.",
        { Key: { Length: < MinKeyLength } key } => $"Authentication:Keys:{name}:Key has {key.Length} characters; it must have at least {MinKeyLength}.",
        _ when Roles.FirstOrDefault(role => !CallerRoles.IsKnown(role)) is { } unknown =>
            $"Authentication:Keys:{name}:Roles has '{unknown}'; the roles are {CallerRoles.User} and {CallerRoles.Admin}.",
        _ => null,
    };
}

internal sealed class AuthenticationOptionsValidator : IValidateOptions<AuthenticationOptions>
{
    public ValidateOptionsResult Validate(string? name, AuthenticationOptions options)
    {
        string[] errors = [.. options.KeyCache.Mistakes(), .. options.Keys.Select(k => k.Value.Mistake(k.Key)).OfType<string>()];
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}

/// <summary>Asks at start for a place where keys can be. While running, the last key may be taken away: then nobody is let in.</summary>
internal sealed class KeysRequirement
{
    public const string Mistake =
        "No API key is configured, so nobody could use the gateway. Set Authentication:Keys:NAME:Key (environment: LLM_GATEWAY__Authentication__Keys__NAME__Key).";

    /// <summary>There is another place where keys can be, so none need be configured.</summary>
    public bool HasDatabase { get; set; }
}
