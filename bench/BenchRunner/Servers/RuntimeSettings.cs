using System.Text.Json;

namespace LlmGateway.Bench.Servers;

/// <summary>
/// The gateway's own runtime settings (garbage collector, tiered compilation) as environment variables. The floor and
/// the gateway both get them, so that the two differ in code and not in settings.
/// </summary>
internal static class RuntimeSettings
{
    private static readonly Dictionary<string, string> Variables = new(StringComparer.Ordinal)
    {
        ["System.GC.Server"] = "DOTNET_gcServer",
        ["System.GC.Concurrent"] = "DOTNET_gcConcurrent",
        ["System.GC.DynamicAdaptationMode"] = "DOTNET_GCDynamicAdaptationMode",
        ["System.GC.ConserveMemory"] = "DOTNET_GCConserveMemory",
        ["System.GC.RetainVM"] = "DOTNET_GCRetainVM",
        ["System.GC.HeapCount"] = "DOTNET_GCHeapCount",
        ["System.Runtime.TieredPGO"] = "DOTNET_TieredPGO",
        ["System.Runtime.TieredCompilation"] = "DOTNET_TieredCompilation",
    };

    public static IReadOnlyDictionary<string, string> Of(string program)
    {
        var settings = new Dictionary<string, string>();
        var file = Path.ChangeExtension(program, ".runtimeconfig.json");
        if (!File.Exists(file))
        {
            return settings;
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        if (!json.RootElement.GetProperty("runtimeOptions").TryGetProperty("configProperties", out var properties))
        {
            return settings;
        }

        foreach (var property in properties.EnumerateObject().Where(property => Variables.ContainsKey(property.Name)))
        {
            settings[Variables[property.Name]] = property.Value.ValueKind switch
            {
                JsonValueKind.True => "1",
                JsonValueKind.False => "0",
                _ => property.Value.ToString(),
            };
        }

        return settings;
    }
}
