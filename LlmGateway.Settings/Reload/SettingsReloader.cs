using LlmGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LlmGateway.Settings.Reload;

/// <summary>
/// Takes changed settings over while running: all of them, or, when anything in any section is wrong, none. Every mistake is logged,
/// and <see cref="Refused"/> says for the health check that what runs is not what is configured.
/// </summary>
public sealed partial class SettingsReloader : IDisposable
{
    private readonly IServiceProvider _services;
    private readonly ILogger<SettingsReloader> _logger;
    private readonly IDisposable _subscription;
    private readonly Lock _gate = new();
    private readonly List<IReloadedSettings> _parts = [];
    private volatile IReadOnlyList<string> _refused = [];

    internal SettingsReloader(IServiceProvider services, IConfiguration configuration, ILogger<SettingsReloader> logger)
    {
        _services = services;
        _logger = logger;
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    /// <summary>Why the last change was not taken over; empty when it was.</summary>
    public IReadOnlyList<string> Refused => _refused;

    public void Add(IReloadedSettings part)
    {
        lock (_gate)
        {
            _parts.Add(part);
        }
    }

    /// <summary>Reads the settings as they are now.</summary>
    public void Reload()
    {
        lock (_gate)
        {
            try
            {
                string[] mistakes = [.. Mistakes(_services), .. _parts.SelectMany(part => part.Mistakes())];
                _refused = mistakes;
                Array.ForEach(mistakes, LogRefused);
                if (mistakes.Length == 0)
                {
                    Array.ForEach([.. _parts.Select(part => part.Prepare()).OfType<Action>()], change => change());
                }
            }
            catch (ObjectDisposedException)
            {
                // The host is ending.
            }
            catch (Exception e)
            {
                _refused = ["The settings could not be read again; the log says why."];
                LogFailed(e);
            }
        }
    }

    /// <summary>Everything that is wrong with the settings as they are now.</summary>
    public static IReadOnlyList<string> Mistakes(IServiceProvider services)
    {
        List<string> mistakes = [];
        foreach (var section in services.GetServices<Section>())
        {
            try
            {
                section.Create(services);
            }
            catch (OptionsValidationException invalid)
            {
                mistakes.AddRange(invalid.Failures);
            }
        }

        return [.. mistakes.Distinct(StringComparer.Ordinal)];
    }

    public void Dispose() => _subscription.Dispose();

    [LoggerMessage(LogLevel.Error, "Changed settings are not taken over, the old ones stay in force: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(LogLevel.Error, "Changed settings are not taken over, the old ones stay in force")]
    private partial void LogFailed(Exception exception);
}
