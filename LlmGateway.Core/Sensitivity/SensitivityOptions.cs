using System.Globalization;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Sensitivity;

/// <summary>The <c>Sensitivity</c> section: which content only high-security providers may see. Takes effect when it changes.</summary>
public sealed class SensitivityOptions
{
    /// <summary>Classify requests. Off, every provider may see everything.</summary>
    /// <value>The default is false.</value>
    public bool Enabled { get; set; }

    /// <summary>The score from which on content is sensitive; more than 0, at most 1.</summary>
    /// <value>The default is 0.7.</value>
    public double Threshold { get; set; } = 0.7;

    /// <summary>
    /// Words and phrases, each by itself or with a weight of its own as <c>phrase=0.5</c>. Empty stands for
    /// <see cref="BuiltInKeywords"/>.
    /// </summary>
    public List<string> Keywords { get; } = [];

    /// <summary>What a keyword counts that is not an everyday word and has no weight of its own; from 0 to 1.</summary>
    /// <value>The default is 0.8.</value>
    public double KeywordWeight { get; set; } = 0.8;

    /// <summary>What an everyday word such as <c>key</c> or <c>token</c> counts, from 0 to 1.</summary>
    /// <value>The default is 0.2.</value>
    public double EverydayKeywordWeight { get; set; } = 0.2;

    /// <summary>National identification numbers to look for, by the names in <c>NationalIds</c>.</summary>
    public List<string> NationalIds { get; } = [];

    /// <summary>Weights of kinds of findings by the names that reasons have, where they differ from the built-in ones; 0 ignores a kind.</summary>
    public Dictionary<string, double> Weights { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Images, which cannot be read, are sensitive.</summary>
    /// <value>The default is false.</value>
    public bool TreatImagesAsSensitive { get; set; }

    /// <summary>Input that cannot be read is sensitive: tokens instead of text, audio, files.</summary>
    /// <value>The default is true.</value>
    public bool TreatUnreadableAsSensitive { get; set; } = true;

    /// <summary>How many parts of requests (messages, tools) are remembered with what was found in them; 0 remembers none.</summary>
    /// <value>The default is 16384.</value>
    public int CacheEntries { get; set; } = 16384;

    public SensitivityDetectorOptions Detectors { get; set; } = new();

    /// <summary>The words that are looked for when none are configured.</summary>
    public static IReadOnlyList<string> BuiltInKeywords { get; } = ["password", "secret", "token", "key", "credential", "confidential=0.5", "internal"];

    /// <summary>Words of ordinary programming talk: each alone says little, wherever it was configured.</summary>
    internal static bool IsEveryday(string keyword) =>
        keyword.ToLowerInvariant() is "password" or "secret" or "token" or "key" or "credential" or "internal" or "private" or "confidential";
}

/// <summary>What is looked for.</summary>
public sealed class SensitivityDetectorOptions
{
    /// <summary>The words of <see cref="SensitivityOptions.Keywords"/>.</summary>
    public bool Keywords { get; set; } = true;

    /// <summary>API keys and tokens of known form, private keys, connection strings with a password, assigned credentials.</summary>
    public bool Secrets { get; set; } = true;

    /// <summary>Strings that look random.</summary>
    public bool HighEntropy { get; set; } = true;

    /// <summary>E-mail addresses, phone numbers, IBANs, card numbers.</summary>
    public bool PersonalData { get; set; } = true;
}

/// <summary>Finds everything that is wrong with the section at once.</summary>
internal sealed class SensitivityOptionsValidator : IValidateOptions<SensitivityOptions>
{
    public const int MaxKeywords = 2000;
    public const int MaxKeywordLength = 128;

    public ValidateOptionsResult Validate(string? name, SensitivityOptions options)
    {
        var errors = Check(options).ToArray();
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Check(SensitivityOptions options)
    {
        if (!(options.Threshold is > 0 and <= 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Sensitivity:Threshold is {options.Threshold}; it must be more than 0 and at most 1.");
        }

        (string Name, double Value)[] weights =
        [
            (nameof(options.KeywordWeight), options.KeywordWeight), (nameof(options.EverydayKeywordWeight), options.EverydayKeywordWeight),
            .. options.Weights.Select(w => ($"Weights:{w.Key}", w.Value)),
        ];
        foreach (var (setting, value) in weights.Where(w => !(w.Value is >= 0 and <= 1)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Sensitivity:{setting} is {value}; it must be from 0 to 1.");
        }

        foreach (var kind in options.Weights.Keys.Where(k => FindingKind.Find(k) is null))
        {
            yield return $"Sensitivity:Weights:{kind} is no kind of finding; there are: {string.Join(", ", FindingKind.All.Where(k => k != FindingKind.Keyword).Select(k => k.Name))}.";
        }

        foreach (var id in options.NationalIds.Where(id => Detectors.NationalIds.Find(id) is null))
        {
            yield return $"Sensitivity:NationalIds holds '{id}'; there are: {string.Join(", ", Detectors.NationalIds.All.Select(n => n.Kind.Name))}.";
        }

        if (options.CacheEntries is < 0 or > 10_000_000)
        {
            yield return $"Sensitivity:CacheEntries is {options.CacheEntries}; it must be from 0 to 10000000.";
        }

        foreach (var error in CheckKeywords(options.Keywords))
        {
            yield return error;
        }
    }

    private static IEnumerable<string> CheckKeywords(List<string> keywords)
    {
        if (keywords.Count > MaxKeywords)
        {
            yield return $"Sensitivity:Keywords has {keywords.Count} entries; at most {MaxKeywords} are possible.";
        }

        if (Detectors.KeywordDetector.IsTooLarge([.. keywords.Select(k => Keyword.Parse(k, 0, 0)).OfType<Keyword>()]))
        {
            yield return "Sensitivity:Keywords together are too long; use fewer or shorter ones.";
        }

        foreach (var (keyword, index) in keywords.Select((k, i) => (k, i)))
        {
            if (keyword.Length > MaxKeywordLength)
            {
                yield return $"Sensitivity:Keywords:{index} has {keyword.Length} characters; at most {MaxKeywordLength} are possible.";
            }
            else if (Keyword.Parse(keyword, 0, 0) is not { } parsed)
            {
                yield return $"Sensitivity:Keywords:{index} is '{keyword}'; it must hold a letter or a digit.";
            }
            else if (!(parsed.Weight is >= 0 and <= 1))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"Sensitivity:Keywords:{index} has the weight {parsed.Weight}; it must be from 0 to 1.");
            }
        }
    }
}
