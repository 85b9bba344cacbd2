using LlmGateway.Core.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LlmGateway.Core.Sensitivity;

/// <summary>
/// The classifier in force. A change of the configuration takes effect with the next request; one with a mistake in it is logged and
/// changes nothing, so that a slip of the pen lets nothing out.
/// </summary>
public sealed partial class SensitivityPolicy : IDisposable
{
    private static readonly SensitivityVerdict Unclassified = new(1, SecurityLevel.High, ["unclassified"]);

    private readonly IConfiguration _configuration;
    private readonly ILogger<SensitivityPolicy> _logger;
    private readonly IDisposable _subscription;
    private readonly Lock _reload = new();
    private readonly AcceptedPolicies _accepted = new();
    private bool _differs;
    private string _settings;
    private volatile SensitivityClassifier? _current;

    internal SensitivityPolicy(IConfiguration configuration, IOptions<SensitivityOptions> options, ILogger<SensitivityPolicy> logger)
    {
        _configuration = configuration;
        _logger = logger;
        _settings = Settings();
        _current = Build(options.Value);
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
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

    public void Dispose() => _subscription.Dispose();

    private static SensitivityClassifier? Build(SensitivityOptions options) => options.Enabled ? new SensitivityClassifier(options) : null;

    private static SensitivityVerdict Raise(SensitivityVerdict known, SensitivityVerdict found) =>
        known.Required == SecurityLevel.Low && known.Reasons.Count == 0
            ? found
            : new SensitivityVerdict(
                Math.Max(known.Score, found.Score),
                known.Required > found.Required ? known.Required : found.Required,
                [.. known.Reasons.Union(found.Reasons)]);

    /// <summary>Called for every change of the configuration, mostly of other sections: what is remembered must not go with those.</summary>
    private void Reload()
    {
        lock (_reload)
        {
            var settings = Settings();
            if (settings == _settings)
            {
                return;
            }

            if (Apply())
            {
                _settings = settings;
            }
        }
    }

    /// <summary>False when the change is not accepted.</summary>
    private bool Apply()
    {
        try
        {
            // A file that is gone for a moment, or for good, says nothing about what may be seen by whom.
            if (_current is not null && !_configuration.GetSection(SensitivityExtensions.Section).Exists())
            {
                LogKept($"section '{SensitivityExtensions.Section}' has disappeared; set Enabled to false to switch classification off");
                return false;
            }

            var options = new SensitivityOptions();
            _configuration.GetSection(SensitivityExtensions.Section).Bind(options);
            var result = new SensitivityOptionsValidator().Validate(null, options);
            if (result.Failed)
            {
                foreach (var failure in result.Failures)
                {
                    LogKept(failure);
                }

                return false;
            }

            _current = Build(options);
            LogChanged(options.Enabled);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // A value of the wrong type, or keywords too many to look for.
            LogKept(e.Message);
            return false;
        }
    }

    private string Settings() =>
        string.Join('\n', _configuration.GetSection(SensitivityExtensions.Section).AsEnumerable().OrderBy(s => s.Key, StringComparer.OrdinalIgnoreCase).Select(s => $"{s.Key}={s.Value}"));

    [LoggerMessage(LogLevel.Error, "A change of the settings for sensitive content is not accepted, the old ones stay in force: {Mistake}")]
    private partial void LogKept(string mistake);

    [LoggerMessage(
        LogLevel.Warning,
        "Jobs were accepted under other settings for sensitive content than this process has; they are judged by those as well. Give every Api and Worker the same section 'Sensitivity'")]
    private partial void LogDiffers();

    [LoggerMessage(LogLevel.Information, "The settings for sensitive content have changed; requests are classified: {Enabled}")]
    private partial void LogChanged(bool enabled);
}
