using System.Diagnostics;
using System.Reflection;

namespace LlmGateway.AppHost.Commands;

/// <summary>
/// Makes a key by the api's own <c>db add-key</c>. Not by <c>WithProcessCommand</c>: that one writes what the program prints into the
/// resource's log, and the key is to be seen once.
/// </summary>
internal static class NewKeyCommand
{
    private const string Name = "name";
    private const string Role = "role";

    private static readonly string[] Roles = ["user", "admin"];
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    public static IResourceBuilder<ProjectResource> WithNewKey(
        this IResourceBuilder<ProjectResource> api, IResourceWithConnectionString database)
    {
        var project = api.Resource.GetProjectMetadata().ProjectPath;
        return api.WithCommand("new-key", "Make an API key", context => MakeAsync(project, database, context), new CommandOptions
        {
            Description = "Adds a key to the database and shows it, this once",
            IconName = "Key",
            UpdateState = DashboardCommands.EnabledWhenHealthy,
            Progress = new CommandProgressOptions { Message = "Making the key" },
            Arguments =
            [
                new InteractionInput
                {
                    Name = Name,
                    Label = "Name",
                    Description = "Who will use it, such as team-search; shown in usage and logs",
                    InputType = InputType.Text,
                    Required = true,
                },
                new InteractionInput
                {
                    Name = Role,
                    Label = "Role",
                    Description = "user: the models. admin: /admin too",
                    InputType = InputType.Choice,
                    Required = true,
                    Value = Roles[0],
                    Options = [.. Roles.Select(role => KeyValuePair.Create(role, role))],
                },
            ],
        });
    }

    private static async Task<ExecuteCommandResult> MakeAsync(string project, IResourceWithConnectionString database, ExecuteCommandContext context)
    {
        string[] command = ["db", "add-key", context.Arguments.GetString(Name)?.Trim() ?? "", "--role", context.Arguments.GetString(Role) ?? ""];
        var (code, output) = await RunAsync(
            project, command, await database.GetConnectionStringAsync(context.CancellationToken), context.CancellationToken);
        return code == 0
            ? CommandResults.Success("The key was made.", new CommandResultData { Value = output, Format = CommandResultFormat.Text, DisplayImmediately = true })
            : CommandResults.Failure($"No key was made: {output}");
    }

    /// <summary>The api's program as it was built with the AppHost.</summary>
    private static async Task<(int Code, string Output)> RunAsync(
        string project, string[] command, string? connectionString, CancellationToken cancellationToken)
    {
        var configuration = typeof(NewKeyCommand).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var start = new ProcessStartInfo(
            "dotnet", ["run", "--no-build", "--no-launch-profile", "--configuration", configuration, "--project", project, "--", .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__gatewaydb"] = connectionString;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Timeout);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(bound.Token);
            var errors = process.StandardError.ReadToEndAsync(bound.Token);
            await process.WaitForExitAsync(bound.Token);
            return (process.ExitCode, (await output + await errors).Trim());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (1, $"the api's program did not end within {Timeout}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
