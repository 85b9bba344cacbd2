using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Usage;

namespace LlmGateway.Core.Pipeline;

/// <summary>Who asks: the owner of an API key.</summary>
/// <param name="KeyId">Name of the key, safe to log; never the key itself.</param>
public sealed record Caller(string KeyId)
{
    /// <summary>The user or service that the key acts for, where known.</summary>
    public string? Owner { get; init; }

    public string? Team { get; init; }

    /// <summary>What the caller may do beside calling models; see <see cref="CallerRoles"/>.</summary>
    public IReadOnlyList<string> Roles { get; init; } = CallerRoles.Default;

    /// <summary>The only models that the key may use, by their names here, <c>provider/model</c> or an alias; empty for all.</summary>
    public IReadOnlyList<string> AllowedModels { get; init; } = [];

    /// <summary>Whether the key may use the target under the name by which it was found.</summary>
    public bool MayUse(string route, ModelTarget target)
    {
        if (AllowedModels.Count == 0)
        {
            return true;
        }

        foreach (var allowed in AllowedModels)
        {
            // An alias allows what it stands for; the name that leaves the choice to the gateway allows nothing by itself.
            if ((route != ModelSnapshot.Auto && ModelSnapshot.IsSameName(allowed, route)) || ModelSnapshot.IsSameName(allowed, target.Name)
                || ModelSnapshot.IsSameName(allowed, $"{target.Group}/{target.Name}"))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>The roles that there are.</summary>
public static class CallerRoles
{
    /// <summary>May call models.</summary>
    public const string User = "user";

    /// <summary>May see and change how the gateway is run.</summary>
    public const string Admin = "admin";

    /// <summary>The roles of a key of which nothing is said.</summary>
    public static IReadOnlyList<string> Default { get; } = [User];

    /// <summary>Whether the roles open the models: who may run the gateway may use it.</summary>
    public static bool MayCallModels(IReadOnlyList<string> roles) => roles.Contains(User) || roles.Contains(Admin);

    public static bool IsKnown(string role) => role is User or Admin;
}

/// <summary>One request on its way through the spine, and what has been decided about it.</summary>
/// <param name="Id">The request id that answers, logs and traces carry.</param>
/// <param name="View">What the client asked.</param>
/// <param name="Caller">Who asked.</param>
/// <param name="Aborted">Fires when the client has gone; everything upstream stops with it.</param>
public sealed record GatewayRequest(string Id, RequestView View, Caller Caller, CancellationToken Aborted) : IAttemptCounter
{
    /// <summary>Timestamp (<see cref="TimeProvider.GetTimestamp"/>) at which the gateway took the request on.</summary>
    public required long StartTimestamp { get; init; }

    /// <summary>The content has been looked at; otherwise <see cref="Sensitivity"/> is what the client asked for, or nothing.</summary>
    public bool IsClassified { get; set; }

    /// <summary>What the content may be shown to. Only ever raised.</summary>
    public SensitivityVerdict Sensitivity { get; set; } = SensitivityVerdict.None;

    /// <summary>
    /// The settings for sensitive content under which the request was accepted, where nobody has judged its content by them yet; null for
    /// one that is judged where it is accepted. See <see cref="SensitivityPolicy.InForce"/>.
    /// </summary>
    public string? AcceptedUnder { get; init; }

    /// <summary>Who is served first where requests wait for a place.</summary>
    public RequestPriority Priority { get; init; } = RequestPriority.Normal;

    /// <summary>The only provider that may be asked, whatever else could answer; null when any may.</summary>
    public string? OnlyProvider { get; init; }

    /// <summary>How a stream reaches the client; null until the settings have decided.</summary>
    public StreamMode? StreamMode { get; set; }

    /// <summary>The job that asks; null for a client that waits for the answer.</summary>
    public string? JobId { get; init; }

    /// <summary>How the request ended; null until it has been settled, which a stream is when it is disposed.</summary>
    public RequestOutcome? Outcome { get; set; }

    /// <summary>Whom to ask in which order; null before that has been decided.</summary>
    public RoutePlan? Plan { get; set; }

    /// <summary>Prices of the model that was called last; null when unknown.</summary>
    public ModelPrices? Prices { get; set; }

    /// <summary>Calls that a fallback step made.</summary>
    public int Fallbacks { get; set; }

    /// <summary>Name of the provider that was called last.</summary>
    public string? Provider { get; set; }

    /// <summary>The model as that provider knows it.</summary>
    public string? UpstreamModel { get; set; }

    /// <summary>Timestamp at which the first upstream call began; 0 before it.</summary>
    public long UpstreamTimestamp { get; set; }

    /// <summary>Upstream calls made so far.</summary>
    public int Attempts { get; set; }

    void IAttemptCounter.CountFurtherAttempt() => Attempts++;
}
