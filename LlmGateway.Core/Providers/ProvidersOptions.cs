using System.Globalization;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Routing.Strategies;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Providers;

/// <summary>The <c>Providers</c> and <c>Aliases</c> sections of the configuration.</summary>
public sealed class ProvidersOptions
{
    /// <summary>By name. A model that several have is served by all of them; <c>name/model</c> reaches each.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Further names of models.</summary>
    public Dictionary<string, AliasOptions> Aliases { get; } = new(StringComparer.Ordinal);

    /// <summary>Puts every model that has a <see cref="ModelOptions.Name"/> under it, as if the name were its key.</summary>
    internal void NameModels()
    {
        foreach (var models in Providers.Values.Select(p => p.Models))
        {
            foreach (var (key, model) in models.Where(m => m.Value.Name is { Length: > 0 } name && name != m.Key).ToArray())
            {
                models.Remove(key);
                models[model.Name!] = model;
            }
        }
    }
}

/// <summary>Finds everything that is wrong with the two sections at once, values shown.</summary>
internal sealed class ProvidersOptionsValidator(IEnumerable<IModelProviderFactory> factories) : IValidateOptions<ProvidersOptions>
{
    /// <summary>What a timer can hold.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24);

    /// <summary>A call may have to try every key.</summary>
    private const int MostKeys = 16;

    public ValidateOptionsResult Validate(string? name, ProvidersOptions options)
    {
        var types = factories.Select(f => f.Type).Order(StringComparer.Ordinal).ToArray();
        var errors = options.Providers.SelectMany(p => Check($"Providers:{p.Key}", p.Value, types))
            .Concat(options.Aliases.SelectMany(a => Check(a.Key, a.Value)))
            .ToArray();
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Check(string path, ProviderOptions options, string[] types)
    {
        if (!types.Contains(options.Type, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{path}:Type is '{options.Type}'; it must be one of: {string.Join(", ", types)}.";
        }

        foreach (var error in options.Endpoints.Count == 0 ? CheckUrl(path, options.BaseUrl) : options.Endpoints.SelectMany(e => Check($"{path}:Endpoints:{e.Key}", e.Value)))
        {
            yield return error;
        }

        if (options.Endpoints.Count > 0 && options.BaseUrl.Length > 0)
        {
            yield return $"{path} has both BaseUrl and Endpoints; name the server of BaseUrl as one more of Endpoints.";
        }

        foreach (var error in CheckKeys(path, options))
        {
            yield return error;
        }

        if (string.IsNullOrEmpty(options.Aws.AccessKeyId) != string.IsNullOrEmpty(options.Aws.SecretAccessKey))
        {
            yield return $"{path}:Aws:AccessKeyId and {path}:Aws:SecretAccessKey belong together: set both or neither.";
        }

        foreach (var header in options.Headers.Keys.Where(h => !IsSendable(h, options.Headers[h])))
        {
            yield return $"{path}:Headers:{header} cannot be sent: it must be the name of a request header, its value printable ASCII.";
        }

        if (!options.Discover && options.Models.Count == 0)
        {
            yield return $"{path} serves no model: {path}:Discover is false and {path}:Models is empty.";
        }

        foreach (var error in CheckShares(path, options.Weight, options.MaxConcurrency).Concat(options.Models.SelectMany(m => Check($"{path}:Models:{m.Key}", m.Value))))
        {
            yield return error;
        }

        if (options.MaxKeepAlive < TimeSpan.Zero)
        {
            yield return $"{path}:MaxKeepAlive is {options.MaxKeepAlive}; it must be 0 or more.";
        }

        var t = options.Timeouts;
        (string Name, TimeSpan Value)[] timeouts =
        [
            (nameof(t.Connect), t.Connect), (nameof(t.FirstToken), t.FirstToken), (nameof(t.FirstByte), t.FirstByte), (nameof(t.Idle), t.Idle),
            (nameof(t.StreamEnd), t.StreamEnd), (nameof(t.Total), t.Total),
        ];
        foreach (var (bound, value) in timeouts.Where(b => b.Value <= TimeSpan.Zero || b.Value > LongestTimeout))
        {
            yield return $"{path}:Timeouts:{bound} is {value}; it must be more than 0 and at most {LongestTimeout.Days} days.";
        }
    }

    private static IEnumerable<string> Check(string path, EndpointOptions options) =>
        CheckUrl(path, options.BaseUrl).Concat(CheckShares(path, options.Weight ?? 1, options.MaxConcurrency));

    private static IEnumerable<string> CheckUrl(string path, string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            yield return $"{path}:BaseUrl is '{address}'; it must be an absolute http or https address.";
        }
        else if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            yield return $"{path}:BaseUrl must not hold a user name, a query or a fragment; a key belongs into {path}:ApiKey.";
        }
    }

    private static IEnumerable<string> CheckShares(string path, double weight, int? maxConcurrency)
    {
        if (!(weight > 0) || double.IsInfinity(weight))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{path}:Weight is {weight}; it must be more than 0.");
        }

        if (maxConcurrency is <= 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{path}:MaxConcurrency is {maxConcurrency}; it must be at least 1.");
        }
    }

    private static IEnumerable<string> Check(string path, ModelOptions options)
    {
        if (options.ContextLength is <= 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{path}:ContextLength is {options.ContextLength}; it must be at least 1.");
        }

        foreach (var name in options.Capabilities.Where(c => !CapabilityNames.IsKnown(c)))
        {
            yield return $"{path}:Capabilities has '{name}'; there are: {string.Join(", ", CapabilityNames.Known)}.";
        }

        if (options.Prices is { } p && (p.Input < 0 || p.Output < 0 || p.CachedInput < 0 || p.CacheWrite < 0 || p.LongCacheWrite < 0 || p.Reasoning < 0))
        {
            yield return $"{path}:Prices has a negative price.";
        }

        foreach (var error in CheckShares(path, options.Weight ?? 1, options.MaxConcurrency))
        {
            yield return error;
        }
    }

    private static IEnumerable<string> Check(string alias, AliasOptions options)
    {
        if (options.Targets.Count == 0 || options.Targets.Any(string.IsNullOrWhiteSpace))
        {
            yield return $"Aliases:{alias} names no model.";
        }

        if (options.Strategy is { } strategy && !RoutingStrategies.IsKnown(strategy))
        {
            yield return $"Aliases:{alias}:Strategy is '{strategy}'; it must be one of: {string.Join(", ", RoutingStrategies.Names)}.";
        }
    }

    /// <summary>What is wrong is said without the value: it is a secret.</summary>
    private static IEnumerable<string> CheckKeys(string path, ProviderOptions options)
    {
        const string Unsendable = "holds a space, a line break or another character that cannot be sent in a header.";
        if (options.ApiKey.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            yield return $"{path}:ApiKey {Unsendable}";
        }

        for (var i = 0; i < options.ApiKeys.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(options.ApiKeys[i]))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{path}:ApiKeys:{i} is empty.");
            }
            else if (options.ApiKeys[i].AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{path}:ApiKeys:{i} {Unsendable}");
            }
        }

        if (options.DistinctKeys().Length is > MostKeys and var count)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{path}:ApiKeys makes {count} different keys together with {path}:ApiKey; there may be at most {MostKeys}.");
        }

        var c = options.Credentials;
        (string Name, TimeSpan Value)[] rests =
            [(nameof(c.RestAfterRejection), c.RestAfterRejection), (nameof(c.RestAfterRateLimit), c.RestAfterRateLimit), (nameof(c.LongestRest), c.LongestRest)];
        foreach (var (rest, value) in rests.Where(r => r.Value <= TimeSpan.Zero || r.Value > LongestTimeout))
        {
            yield return $"{path}:Credentials:{rest} is {value}; it must be more than 0 and at most {LongestTimeout.Days} days.";
        }
    }

    private static bool IsSendable(string name, string value)
    {
        using var request = new HttpRequestMessage();
        return !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && request.Headers.TryAddWithoutValidation(name, value);
    }
}
