using LlmGateway.Settings.Reading;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>What stands on the command line beside settings: <c>--help</c>, <c>--version</c>, and what nobody understands.</summary>
/// <param name="program">The program's name.</param>
/// <param name="commands">Its commands, each with what it does.</param>
public sealed class CommandLine(string program, params (string Command, string Meaning)[] commands)
{
    /// <summary>Answers when no service is to be started.</summary>
    /// <returns>The exit code; null when the arguments are settings, and the service is to be started.</returns>
    public int? Answer(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        switch (args)
        {
            case ["--help" or "-h" or "-?" or "help", ..]:
                output.WriteLine(Usage());
                return 0;
            case ["--version", ..]:
                output.WriteLine($"{program} {ProductVersion.Text}");
                return 0;
        }

        if (Unknown(args) is not { } unknown)
        {
            return null;
        }

        errors.WriteLine($"unknown argument '{unknown}'{Hint(unknown)}; --help lists what there is.");
        return 2;
    }

    /// <summary>The first argument that is neither a setting nor the value of one.</summary>
    private static string? Unknown(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : args[i].StartsWith('/') ? args[i][1..] : "";
            var end = name.IndexOf('=', StringComparison.Ordinal);
            var top = (end < 0 ? name : name[..end]).Split(':')[0];
            if (top.Length == 0 || !SettingNames.IsKnown(top))
            {
                return args[i];
            }

            // "--name value" are two arguments.
            i += end < 0 ? 1 : 0;
        }

        return null;
    }

    private static string Hint(string argument)
    {
        var name = argument.TrimStart('-', '/').Split('=', ':')[0];
        return name.ToLowerInvariant() switch
        {
            "port" or "p" or "host" or "address" or "listen" => "; did you mean --urls http://127.0.0.1:8080?",
            "config" => "; did you mean config check FILE?",
            _ => SettingNames.Near(name) is { } near ? $"; did you mean --{near}?" : "",
        };
    }

    private string Usage()
    {
        var width = commands.Select(c => c.Command.Length).Append("--SETTING=VALUE …".Length).Max() + 2;
        var lines = commands.Select(c => $"  {c.Command.PadRight(width)}{c.Meaning}");
        return $"""
            usage: {program} [COMMAND | --SETTING=VALUE …]
            {string.Join(Environment.NewLine, lines)}
              {"--SETTING=VALUE …".PadRight(width)}serve with these settings, such as --urls http://127.0.0.1:9000 or --Server:MaxJsonDepth=32
              {"--version".PadRight(width)}print the version
              {"--help".PadRight(width)}print this
            Settings: docs/configuration.md
            """;
    }
}
