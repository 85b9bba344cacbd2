using System.Text;

namespace LlmGateway.Core.Routing;

/// <summary>A target that may be asked.</summary>
/// <param name="Target">The target.</param>
/// <param name="Fallback">The step that brought it in; null for a target of the model that was asked for.</param>
/// <param name="Score">What the strategy gave it; lower is better.</param>
public readonly record struct Candidate(ModelTarget Target, FallbackOptions? Fallback = null, double Score = 0);

/// <summary>A target that may not be asked, and why.</summary>
/// <param name="Target">The target.</param>
/// <param name="Reason">One of <see cref="RejectReasons"/>.</param>
/// <param name="RetryAfter">When the reason may have passed, where that can be known.</param>
public sealed record Rejection(ModelTarget Target, string Reason, TimeSpan? RetryAfter = null);

/// <summary>Why a target may not be asked.</summary>
public static class RejectReasons
{
    /// <summary>The request is for another provider.</summary>
    public const string Provider = "provider";

    /// <summary>The caller's key may not use the model.</summary>
    public const string Permission = "permission";
    public const string Security = "security";
    public const string Capability = "capability";
    public const string ContextLength = "context_length";
    public const string CircuitOpen = "circuit_open";
    public const string Unreachable = "unreachable";
}

/// <summary>What has been decided about a request: whom to ask in which order, and who was left out.</summary>
/// <param name="Strategy">The strategy that ordered the candidates.</param>
/// <param name="Candidates">In the order in which they are asked.</param>
/// <param name="Rejected">Left out.</param>
public sealed record RoutePlan(string Strategy, IReadOnlyList<Candidate> Candidates, IReadOnlyList<Rejection> Rejected)
{
    /// <summary>The strategy of a name with one target.</summary>
    public const string OnlyOne = "only";

    private const int MostNamed = 8;

    /// <summary>There was something to decide.</summary>
    public bool IsChoice => Candidates.Count > 1 || Rejected.Count > 0;

    /// <summary>The decision in one line, for a header and a span, such as <c>cost; candidates=2; rejected=openai/gpt-4o:circuit_open</c>.</summary>
    public string Describe()
    {
        var text = new StringBuilder(Strategy).Append("; candidates=").Append(Candidates.Count);
        foreach (var (rejection, i) in Rejected.Take(MostNamed).Select((r, i) => (r, i)))
        {
            text.Append(i == 0 ? "; rejected=" : ",").Append(rejection.Target).Append(':').Append(rejection.Reason);
        }

        return text.ToString();
    }
}
