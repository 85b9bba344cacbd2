using System.Collections.Frozen;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Settings.Reload;
using Microsoft.Extensions.Options;

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

/// <summary>The keys of the configuration; a change of it takes effect at once.</summary>
internal sealed class ConfiguredApiKeyStore : IApiKeyStore, IReloadedSettings
{
    private readonly IOptionsFactory<AuthenticationOptions> _options;
    private volatile FrozenDictionary<ApiKeyDigest, Caller> _callers;

    public ConfiguredApiKeyStore(IOptionsFactory<AuthenticationOptions> options, SettingsReloader reloader)
    {
        _options = options;
        _callers = Read();
        reloader.Add(this);
    }

    public Caller? Find(ApiKeyDigest digest) => _callers.GetValueOrDefault(digest);

    public ValueTask<KeyFinding> FindAsync(ApiKeyDigest digest, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new KeyFinding(Find(digest)));

    public IEnumerable<string> Mistakes() => [];

    public Action Prepare()
    {
        var callers = Read();
        return () => _callers = callers;
    }

    private FrozenDictionary<ApiKeyDigest, Caller> Read()
    {
        var callers = new Dictionary<ApiKeyDigest, Caller>();
        foreach (var (name, key) in _options.Create(Options.DefaultName).Keys)
        {
            callers[key.Digest!.Value] = new Caller(name) { Roles = key.EffectiveRoles };
        }

        return callers.ToFrozenDictionary();
    }
}
