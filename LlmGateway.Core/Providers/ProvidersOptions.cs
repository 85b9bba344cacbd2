using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Providers;

/// <summary>The <c>Providers</c> and <c>Aliases</c> sections of the configuration.</summary>
public sealed class ProvidersOptions
{
    /// <summary>By name. Of several that have a model, the one whose name sorts first serves it; <c>name/model</c> reaches each.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Further names of models: alias to a model, or to <c>provider/model</c>.</summary>
    public Dictionary<string, string> Aliases { get; } = new(StringComparer.Ordinal);

    /// <summary>Gives providers without an address the one that their dialect knows.</summary>
    internal void FillAddresses(IEnumerable<IModelProviderFactory> factories)
    {
        foreach (var provider in Providers.Values.Where(p => string.IsNullOrEmpty(p.BaseUrl)))
        {
            var factory = factories.FirstOrDefault(f => f.Type.Equals(provider.Type, StringComparison.OrdinalIgnoreCase));
            provider.BaseUrl = factory?.DefaultBaseUrl(provider) ?? "";
        }
    }

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

/// <summary>Finds model names that configuration has split at a colon, which would otherwise be lost without a word.</summary>
internal sealed class ModelKeysValidator(IConfigurationSection providers) : IValidateOptions<ProvidersOptions>
{
    private static readonly string[] Known = [.. typeof(ModelOptions).GetProperties().Select(p => p.Name)];

    public ValidateOptionsResult Validate(string? name, ProvidersOptions options)
    {
        var errors =
            from provider in providers.GetChildren()
            from model in provider.GetSection("Models").GetChildren()
            from field in model.GetChildren()
            where !Known.Contains(field.Key, StringComparer.OrdinalIgnoreCase)
            select $"{model.Path} has no setting '{field.Key}'. If the model is called '{model.Key}:{field.Key}', write a list: \"Models\": [ {{ \"Name\": \"{model.Key}:{field.Key}\" }} ].";
        var found = errors.ToArray();
        return found.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(found);
    }
}

/// <summary>Finds everything that is wrong with the two sections at once, values shown.</summary>
internal sealed class ProvidersOptionsValidator(IEnumerable<IModelProviderFactory> factories) : IValidateOptions<ProvidersOptions>
{
    /// <summary>What a timer can hold.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24);

    public ValidateOptionsResult Validate(string? name, ProvidersOptions options)
    {
        var types = factories.Select(f => f.Type).Order(StringComparer.Ordinal).ToArray();
        var errors = options.Providers.SelectMany(p => Check($"Providers:{p.Key}", p.Value, types))
            .Concat(options.Aliases.Where(a => string.IsNullOrWhiteSpace(a.Value)).Select(a => $"Aliases:{a.Key} names no model."))
            .ToArray();
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Check(string path, ProviderOptions options, string[] types)
    {
        if (!types.Contains(options.Type, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{path}:Type is '{options.Type}'; it must be one of: {string.Join(", ", types)}.";
        }

        if (!Uri.TryCreate(options.BaseUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            yield return $"{path}:BaseUrl is '{options.BaseUrl}'; it must be an absolute http or https address.";
        }
        else if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            yield return $"{path}:BaseUrl must not hold a user name, a query or a fragment; a key belongs into {path}:ApiKey.";
        }

        // What is wrong is said without the value: it is a secret.
        if (options.ApiKey.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            yield return $"{path}:ApiKey holds a space, a line break or another character that cannot be sent in a header.";
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

        foreach (var (model, entry) in options.Models.Where(m => m.Value.ContextLength is <= 0))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{path}:Models:{model}:ContextLength is {entry.ContextLength}; it must be at least 1.");
        }

        var t = options.Timeouts;
        (string Name, TimeSpan Value)[] timeouts =
            [(nameof(t.Connect), t.Connect), (nameof(t.FirstToken), t.FirstToken), (nameof(t.Idle), t.Idle), (nameof(t.Total), t.Total)];
        foreach (var (bound, value) in timeouts.Where(b => b.Value <= TimeSpan.Zero || b.Value > LongestTimeout))
        {
            yield return $"{path}:Timeouts:{bound} is {value}; it must be more than 0 and at most {LongestTimeout.Days} days.";
        }
    }

    private static bool IsSendable(string name, string value)
    {
        using var request = new HttpRequestMessage();
        return !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && request.Headers.TryAddWithoutValidation(name, value);
    }
}
