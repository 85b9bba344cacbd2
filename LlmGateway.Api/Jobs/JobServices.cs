using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.ServiceDefaults.Webhooks;

namespace LlmGateway.Api.Jobs;

/// <summary>What jobs need that a gateway may lack.</summary>
internal sealed class JobServices(IJobStore? store = null, IJobHints? hints = null, IJobEventLog? events = null, IWebhookTargets? targets = null)
{
    /// <summary>Null without a database: there are no jobs then.</summary>
    public IJobStore? Store => store;

    /// <summary>Null when workers look by themselves.</summary>
    public IJobHints? Hints => hints;

    /// <summary>Null when nobody can follow jobs.</summary>
    public IJobEventLog? Events => events;

    /// <summary>Null when no webhooks are called.</summary>
    public IWebhookTargets? WebhookTargets => targets;
}
