using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmGateway.Core.Sensitivity;

/// <summary>
/// Settings for sensitive content as a text: a job carries those under which it was accepted, so that a process with other settings, or
/// none, judges it by them as well.
/// </summary>
internal static class PolicyText
{
    public static string Write(SensitivityOptions options) => JsonSerializer.Serialize(options, PolicyJson.Default.SensitivityOptions);

    /// <summary>Null for what this version does not understand whole: judging by half of a policy would let something out.</summary>
    public static SensitivityOptions? Read(string text)
    {
        try
        {
            var options = JsonSerializer.Deserialize(text, PolicyJson.Default.SensitivityOptions);
            return options is not null && new SensitivityOptionsValidator().Validate(null, options).Succeeded ? options : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(SensitivityOptions))]
internal sealed partial class PolicyJson : JsonSerializerContext;
