using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmGateway.Contracts.Fleet;

/// <summary>
/// How fleet state is written between processes: JSON, camelCase, unknown properties ignored and absent ones defaulted, so that
/// services of neighbouring versions understand each other during a rolling update.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(FleetEntry))]
public sealed partial class FleetJson : JsonSerializerContext
{
    public static byte[] Write(FleetEntry entry) => JsonSerializer.SerializeToUtf8Bytes(entry, Default.FleetEntry);

    /// <summary>Reads an entry; null for a kind that this version does not know, or for anything else that is no entry.</summary>
    public static FleetEntry? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Default.FleetEntry);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}
