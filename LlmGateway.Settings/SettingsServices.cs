using LlmGateway.Settings.Files;
using LlmGateway.Settings.Reading;
using LlmGateway.Settings.Reload;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.Settings;

public static class SettingsServices
{
    /// <summary>
    /// Reads section <paramref name="path"/> into <typeparamref name="T"/>, strictly: whatever is wrong with it is told at start. Nothing is
    /// bound to changes; what takes effect while running is a <see cref="IReloadedSettings"/>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="path">The section; empty for an options class whose properties are sections.</param>
    /// <param name="complete">Fills in what follows from elsewhere.</param>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, IConfiguration configuration, string path, Action<T>? complete = null)
        where T : class, new()
    {
        var options = services.AddOptions<T>();
        if (services.Any(s => !s.IsKeyedService && s.ImplementationInstance is Section known && known.Type == typeof(T)))
        {
            return options;
        }

        var section = new Section(path, typeof(T), provider => provider.GetRequiredService<IOptionsFactory<T>>().Create(Options.DefaultName));
        services.AddSingleton(section);
        services.AddSingleton<IValidateOptions<T>>(provider => new StrictSettings<T>(configuration, section, provider));
        services.AddWholeConfiguration(configuration);
        return options.Configure(o =>
        {
            SettingsReader.Read(configuration, path, o);
            complete?.Invoke(o);
        }).ValidateOnStart();
    }

    private static void AddWholeConfiguration(this IServiceCollection services, IConfiguration configuration)
    {
        if (services.Any(s => s.ServiceType == typeof(SettingsReloader)))
        {
            return;
        }

        services.AddLogging();
        services.AddSingleton(provider => new SettingsReloader(provider, configuration, provider.GetRequiredService<ILogger<SettingsReloader>>()));
        services.AddSingleton(new Section("", typeof(WholeConfiguration), provider => provider.GetRequiredService<IOptionsFactory<WholeConfiguration>>().Create(Options.DefaultName)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WholeConfiguration>, WholeConfigurationValidator>(
            provider => new WholeConfigurationValidator(configuration, provider)));
        services.AddOptions<WholeConfiguration>().ValidateOnStart();
    }

    private sealed class WholeConfigurationValidator(IConfiguration configuration, IServiceProvider services) : IValidateOptions<WholeConfiguration>
    {
        public ValidateOptionsResult Validate(string? name, WholeConfiguration options)
        {
            string[] mistakes = [.. SettingsFiles.Faults(configuration), .. SectionNames.Mistakes(configuration, [.. services.GetServices<Section>()])];
            return mistakes.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
        }
    }
}
