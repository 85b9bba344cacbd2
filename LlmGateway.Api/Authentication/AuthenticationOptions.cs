using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Authentication;

/// <summary>The <c>Authentication</c> section.</summary>
public sealed class AuthenticationOptions
{
    /// <summary>API keys by a name of the operator's choice, which shows up in logs and usage; the key itself never does.</summary>
    public Dictionary<string, ApiKeyOptions> Keys { get; } = new(StringComparer.Ordinal);
}

/// <summary>One API key: the key itself, or its SHA-256.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>The key as clients send it. Belongs into a secret store or the environment.</summary>
    public string? Key { get; set; }

    /// <summary>SHA-256 of the key in 64 hexadecimal digits.</summary>
    public string? Sha256 { get; set; }

    internal ApiKeyDigest? Digest => Key is { Length: > 0 } ? ApiKeyDigest.Of(Key) : Sha256 is { } hex ? ApiKeyDigest.FromHex(hex) : null;
}

internal sealed class AuthenticationOptionsValidator : IValidateOptions<AuthenticationOptions>
{
    /// <summary>Shorter keys can be guessed.</summary>
    private const int MinKeyLength = 12;

    public ValidateOptionsResult Validate(string? name, AuthenticationOptions options)
    {
        List<string> errors = [];
        if (options.Keys.Count == 0)
        {
            errors.Add("No API key is configured, so nobody could use the gateway. Set Authentication:Keys:NAME:Key (environment: LLM_GATEWAY__Authentication__Keys__NAME__Key).");
        }

        foreach (var (keyName, key) in options.Keys)
        {
            if ((key.Key is null) == (key.Sha256 is null))
            {
                errors.Add($"Authentication:Keys:{keyName} must have either Key or Sha256.");
            }
            else if (key.Digest is null)
            {
                errors.Add($"Authentication:Keys:{keyName}:{(key.Key is null ? "Sha256 must be 64 hexadecimal digits" : "Key is empty or too long")}.");
            }
            else if (key.Key is { Length: < MinKeyLength })
            {
                errors.Add($"Authentication:Keys:{keyName}:Key has {key.Key.Length} characters; it must have at least {MinKeyLength}.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
