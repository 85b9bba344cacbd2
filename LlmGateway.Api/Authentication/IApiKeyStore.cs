using System.Collections.Frozen;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using Microsoft.Extensions.Primitives;

namespace LlmGateway.Api.Authentication;

/// <summary>Knows whose key a digest belongs to.</summary>
public interface IApiKeyStore
{
    /// <summary>Whose the key is. Completes synchronously for a key that is known in memory.</summary>
    ValueTask<KeyFinding> FindAsync(ApiKeyDigest digest, CancellationToken cancellationToken);
}

/// <summary>What was found out about a key. Without caller and error there is no such key.</summary>
/// <param name="Caller">Whose it is.</param>
/// <param name="Error">Why it cannot be told whose it is.</param>
public readonly record struct KeyFinding(Caller? Caller, GatewayError? Error = null);

/// <summary>
/// The keys of the configuration; a change of it takes effect at once. An entry with a mistake opens nothing and is logged, and the
/// others count all the same: a slip of the pen must not keep a revoked key alive.
/// </summary>
internal sealed partial class ConfiguredApiKeyStore : IApiKeyStore, IDisposable
{
    private readonly IConfiguration _configuration;
    private readonly ILogger<ConfiguredApiKeyStore> _logger;
    private readonly IDisposable _subscription;
    private volatile FrozenDictionary<ApiKeyDigest, Caller> _callers;

    public ConfiguredApiKeyStore(IConfiguration configuration, ILogger<ConfiguredApiKeyStore> logger)
    {
        _configuration = configuration;
        _logger = logger;
        _callers = Read();
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, () => _callers = Read());
    }

    public Caller? Find(ApiKeyDigest digest) => _callers.GetValueOrDefault(digest);

    public ValueTask<KeyFinding> FindAsync(ApiKeyDigest digest, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new KeyFinding(Find(digest)));

    public void Dispose() => _subscription.Dispose();

    private FrozenDictionary<ApiKeyDigest, Caller> Read()
    {
        var options = new AuthenticationOptions();
        options.Read(_configuration);
        var callers = new Dictionary<ApiKeyDigest, Caller>();
        foreach (var (name, key) in options.Keys)
        {
            if (key.Mistake(name) is { } mistake)
            {
                LogIgnored(mistake);
            }
            else
            {
                callers[key.Digest!.Value] = new Caller(name) { Roles = key.EffectiveRoles };
            }
        }

        return callers.ToFrozenDictionary();
    }

    [LoggerMessage(LogLevel.Error, "An API key of the configuration is not accepted: {Mistake}")]
    private partial void LogIgnored(string mistake);
}
