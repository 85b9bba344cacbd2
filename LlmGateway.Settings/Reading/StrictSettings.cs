using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.Settings.Reading;

/// <summary>Finds what is wrong with a section before anybody looks at its meaning: names, types, bounds.</summary>
internal sealed class StrictSettings<T>(IConfiguration configuration, Section section, IServiceProvider services) : IValidateOptions<T>
    where T : class, new()
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var others = services.GetServices<Section>().Where(s => s.Path == section.Path && s.Type != section.Type)
            .SelectMany(s => SettingsReader.Properties(s.Type).Select(p => p.Name));
        List<string> mistakes = [];
        SettingsReader.Read(configuration, section.Path, new T(), mistakes, [.. SectionNames.Within(section.Path), .. others]);
        mistakes.AddRange(Annotations.Mistakes(section.Path, options));
        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }
}

/// <summary>Stands for the configuration as a whole: names at its top, and files that cannot be read.</summary>
internal sealed class WholeConfiguration;
