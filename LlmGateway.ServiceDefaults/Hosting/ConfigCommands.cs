using LlmGateway.Settings.Commands;
using LlmGateway.Settings.Files;
using LlmGateway.Settings.Reload;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>The commands <c>config check FILE</c> and <c>config show</c>. Nothing is started.</summary>
/// <param name="addSources">Adds a service's own sources of settings.</param>
/// <param name="addServices">Adds everything that reads settings.</param>
public sealed class ConfigCommands(Action<WebApplicationBuilder> addSources, Action<WebApplicationBuilder> addServices)
{
    private const string Usage = """
        usage: config COMMAND
          check FILE  say everything that is wrong with a settings file, without starting
          show        list the settings in force with where each comes from; secrets are masked
        """;

    public static bool Handles(IReadOnlyList<string> args) => args is ["config", ..];

    /// <returns>The exit code: 0 good, 1 with mistakes, 2 not understood.</returns>
    public async Task<int> RunAsync(string[] args, TextWriter output)
    {
        switch (args)
        {
            case ["config", "check", var file]:
                return await CheckAsync(file, output);
            case ["config", "show", .. var more]:
                return await ShowAsync(more, output);
            default:
                await output.WriteLineAsync(Usage);
                return 2;
        }
    }

    /// <summary>The file alone: keys and connection strings may come from elsewhere and are not asked for.</summary>
    private async Task<int> CheckAsync(string file, TextWriter output)
    {
        IReadOnlyList<string> mistakes;
        try
        {
            var builder = NewBuilder([]);
            builder.WithoutEnvironment();
            builder.Configuration.Sources.Clear();
            builder.Configuration.Sources.Add(new MemoryConfigurationSource { InitialData = [new("Infrastructure:AllowInMemory", "true")] });
            builder.Configuration.Sources.Add(new SettingsFileSource(Path.GetFullPath(file), isOptional: false, isWatched: false));
            addServices(builder);
            await using var app = builder.Build();
            mistakes = SettingsReloader.Mistakes(app.Services);
        }
        catch (SettingsException unreadable)
        {
            mistakes = unreadable.Mistakes;
        }

        if (mistakes.Count == 0)
        {
            await output.WriteLineAsync($"{file} is good.");
            return 0;
        }

        await output.WriteLineAsync($"{file} cannot be used:");
        foreach (var mistake in mistakes)
        {
            await output.WriteLineAsync($"  - {mistake}");
        }

        return 1;
    }

    private async Task<int> ShowAsync(string[] args, TextWriter output)
    {
        var builder = NewBuilder(args);
        addSources(builder);
        addServices(builder);
        await using var app = builder.Build();
        foreach (var line in EffectiveSettings.Lines(app.Configuration, app.Services))
        {
            await output.WriteLineAsync(line);
        }

        var mistakes = SettingsReloader.Mistakes(app.Services);
        foreach (var mistake in mistakes)
        {
            await output.WriteLineAsync($"mistake: {mistake}");
        }

        return mistakes.Count == 0 ? 0 : 1;
    }

    private static WebApplicationBuilder NewBuilder(string[] args) => HostRunner.NewBuilder(args);
}
