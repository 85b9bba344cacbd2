using System.Collections.Frozen;
using LlmGateway.Core.Pipeline;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Authentication;

/// <summary>Knows whose key a digest belongs to.</summary>
public interface IApiKeyStore
{
    /// <summary>The owner of the key, or null when there is no such key.</summary>
    ValueTask<Caller?> FindAsync(ApiKeyDigest digest, CancellationToken cancellationToken);
}

/// <summary>The keys of the configuration; a change of it takes effect at once.</summary>
internal sealed class ConfiguredApiKeyStore : IApiKeyStore, IDisposable
{
    private readonly IDisposable? _subscription;
    private volatile FrozenDictionary<ApiKeyDigest, Caller> _callers;

    public ConfiguredApiKeyStore(IOptionsMonitor<AuthenticationOptions> options)
    {
        _callers = Read(options.CurrentValue);
        _subscription = options.OnChange(changed => _callers = Read(changed));
    }

    public ValueTask<Caller?> FindAsync(ApiKeyDigest digest, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_callers.GetValueOrDefault(digest));

    public void Dispose() => _subscription?.Dispose();

    private static FrozenDictionary<ApiKeyDigest, Caller> Read(AuthenticationOptions options)
    {
        var callers = new Dictionary<ApiKeyDigest, Caller>();
        foreach (var (name, key) in options.Keys)
        {
            if (key.Digest is { } digest)
            {
                callers[digest] = new Caller(name);
            }
        }

        return callers.ToFrozenDictionary();
    }
}
