using Aspire.Hosting.Publishing;

namespace LlmGateway.AppHost.Settings;

/// <summary>A new key as clients send it, whole: a reference to it needs nothing around it, which not every publisher could name.</summary>
internal sealed class GatewayKeyDefault : ParameterDefault
{
    private const string Marker = "sk-gw-";

    private readonly GenerateParameterDefault _random = new() { MinLength = 40, Special = false };

    public override string GetDefaultValue() => Marker + _random.GetDefaultValue();

    /// <summary>A manifest can ask for random characters only; they are a key too.</summary>
    public override void WriteToManifest(ManifestPublishingContext context) => _random.WriteToManifest(context);
}
