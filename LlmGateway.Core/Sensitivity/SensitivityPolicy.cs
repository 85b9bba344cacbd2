using LlmGateway.Core.Pipeline;
using LlmGateway.Settings.Reload;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Sensitivity;

/// <summary>
/// The classifier in force. A change of the configuration takes effect with the next request; one with a mistake in it is logged and
/// changes nothing, so that a slip of the pen lets nothing out.
/// </summary>
public sealed partial class SensitivityPolicy : IReloadedSettings
{
    private static readonly SensitivityVerdict Unclassified = new(1, SecurityLevel.High, ["unclassified"]);

    private readonly IConfiguration _configuration;
    private readonly IOptionsFactory<SensitivityOptions> _options;
    private readonly IPolicyObserver[] _observers;
    private readonly ILogger<SensitivityPolicy> _logger;
    private readonly AcceptedPolicies _accepted = new();
    private bool _differs;
    private string _settings;
    private volatile SensitivityClassifier? _current;

    internal SensitivityPolicy(
        IConfiguration configuration, IOptionsFactory<SensitivityOptions> options, SettingsReloader reloader, IEnumerable<IPolicyObserver> observers,
        ILogger<SensitivityPolicy> logger)
    {
        _configuration = configuration;
        _options = options;
        _observers = [.. observers];
        _logger = logger;
        _settings = Settings();
        _current = Build(options.Create(Options.DefaultName));
        reloader.Add(this);
    }

    /// <summary>Null while requests are not classified.</summary>
    internal SensitivityClassifier? Current => _current;

    /// <summary>The settings in force as a text, for what runs later or elsewhere; null while requests are not classified.</summary>
    public string? InForce => _current?.Settings;

    /// <summary>
    /// Classifies the request, where requests are classified, and by the settings under which it was accepted where those are others. A
    /// verdict that it already has, because the client asked for it, is only ever raised.
    /// </summary>
    public void Judge(GatewayRequest request)
    {
        var current = _current;
        if (current is not null)
        {
            Judge(request, current);
        }

        if (request.AcceptedUnder is { } accepted && accepted != current?.Settings)
        {
            JudgeAsAccepted(request, accepted);
        }
    }

    /// <summary>Content that nobody has looked at, where content is looked at, goes to high-security providers only.</summary>
    internal void RequireClassified(GatewayRequest request)
    {
        if (!request.IsClassified && _current is not null)
        {
            request.Sensitivity = Raise(request.Sensitivity, Unclassified);
        }
    }

    private static void Judge(GatewayRequest request, SensitivityClassifier classifier)
    {
        request.Sensitivity = Raise(request.Sensitivity, classifier.Classify(request.View));
        request.IsClassified = true;
    }

    private void JudgeAsAccepted(GatewayRequest request, string accepted)
    {
        if (Interlocked.Exchange(ref _differs, true) == false)
        {
            LogDiffers();
        }

        if (_accepted.Get(accepted) is { } classifier)
        {
            Judge(request, classifier);
        }
        else
        {
            request.Sensitivity = Raise(request.Sensitivity, Unclassified);
        }
    }

    private static SensitivityClassifier? Build(SensitivityOptions options) => options.Enabled ? new SensitivityClassifier(options) : null;

    private static SensitivityVerdict Raise(SensitivityVerdict known, SensitivityVerdict found) =>
        known.Required == SecurityLevel.Low && known.Reasons.Count == 0
            ? found
            : new SensitivityVerdict(
                Math.Max(known.Score, found.Score),
                known.Required > found.Required ? known.Required : found.Required,
                [.. known.Reasons.Union(found.Reasons)]);

    /// <summary>A section that is gone says nothing about what may be seen by whom.</summary>
    public IEnumerable<string> Mistakes() =>
        _current is not null && !_configuration.GetSection(SensitivityExtensions.Section).Exists()
            ? [$"Section '{SensitivityExtensions.Section}' has disappeared; set {SensitivityExtensions.Section}:{nameof(SensitivityOptions.Enabled)} to false to switch classification off."]
            : [];

    /// <summary>Most changes are of other sections: what is remembered must not go with those.</summary>
    public Action? Prepare()
    {
        var settings = Settings();
        if (settings == _settings)
        {
            return null;
        }

        var classifier = Build(_options.Create(Options.DefaultName));
        return () => Take(classifier, settings);
    }

    private void Take(SensitivityClassifier? classifier, string settings)
    {
        var wasOn = _current is not null;
        (_current, _settings) = (classifier, settings);
        if (wasOn == classifier is not null)
        {
            LogChanged();
            return;
        }

        if (wasOn)
        {
            LogOff();
        }
        else
        {
            LogOn();
        }

        Array.ForEach(_observers, observer => observer.ClassificationSwitched(classifier is not null));
    }

    private string Settings() =>
        string.Join('\n', _configuration.GetSection(SensitivityExtensions.Section).AsEnumerable().OrderBy(s => s.Key, StringComparer.OrdinalIgnoreCase).Select(s => $"{s.Key}={s.Value}"));

    [LoggerMessage(LogLevel.Information, "The settings for sensitive content have changed")]
    private partial void LogChanged();

    [LoggerMessage(
        LogLevel.Warning,
        "Jobs were accepted under other settings for sensitive content than this process has; they are judged by those as well. Give every Api and Worker the same section 'Sensitivity'")]
    private partial void LogDiffers();

    [LoggerMessage(LogLevel.Information, "Requests are classified from now on")]
    private partial void LogOn();

    [LoggerMessage(LogLevel.Warning, "Classification was switched off: from now on every provider may see everything")]
    private partial void LogOff();
}
