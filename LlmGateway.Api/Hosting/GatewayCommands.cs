using LlmGateway.ServiceDefaults.Hosting;

namespace LlmGateway.Api.Hosting;

/// <summary>The commands of the gateway's programs.</summary>
public static class GatewayCommands
{
    public static CommandLine Line(string program) => new(
        program,
        ("config check FILE", "say everything that is wrong with a settings file"),
        ("config show", "list the settings in force, secrets masked, with where each comes from"),
        ("db COMMAND", "look after the database: migrate, rollback, status, seed, reset"));
}
