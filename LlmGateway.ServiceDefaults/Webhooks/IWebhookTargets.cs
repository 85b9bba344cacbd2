namespace LlmGateway.ServiceDefaults.Webhooks;

/// <summary>Decides which addresses the gateway may be made to call.</summary>
public interface IWebhookTargets
{
    /// <summary>Null when the URL may be called; otherwise why not, for the client.</summary>
    string? Refusal(string url);
}
