using System.Reflection;

namespace LlmGateway.ServiceDefaults;

public static class ProductVersion
{
    /// <summary>Version of the running program, without build metadata.</summary>
    public static string Text { get; } =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
