using System.Reflection;

namespace LlmGateway.ServiceDefaults;

public static class ProductVersion
{
    /// <summary>The running program's name.</summary>
    public static string Program { get; } = Assembly.GetEntryAssembly()?.GetName().Name ?? "LlmGateway";

    /// <summary>Version of the running program, without build metadata.</summary>
    public static string Text { get; } =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
