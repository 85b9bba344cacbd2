using LlmGateway.Contracts.Jobs;
using LlmGateway.Core.Errors;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>Which event a client has seen last.</summary>
/// <param name="After">The event; <see cref="JobEventId.None"/> when it has seen none.</param>
/// <param name="HasSeenEnd">It has seen the last one there is.</param>
internal readonly record struct ResumePoint(JobEventId After, bool HasSeenEnd)
{
    /// <summary>The id of the event that ends a stream.</summary>
    public const string End = "end";

    private const string HeaderName = "Last-Event-ID";
    private const string QueryName = "last_event_id";

    /// <summary>Reads the header of an <c>EventSource</c>, or else the parameter for clients that cannot set headers.</summary>
    public static GatewayError? Read(HttpRequest request, out ResumePoint point)
    {
        point = new ResumePoint(JobEventId.None, false);
        var header = request.Headers[HeaderName];
        var name = header.Count > 0 ? HeaderName : QueryName;
        var sent = header.Count > 0 ? header : request.Query[QueryName];
        if (sent.Count == 0 || (sent.Count == 1 && string.IsNullOrEmpty(sent[0])))
        {
            return null;
        }

        if (sent.Count == 1 && sent[0] == End)
        {
            point = new ResumePoint(JobEventId.None, true);
            return null;
        }

        if (sent.Count > 1 || !JobEventId.TryParse(sent[0], out var id) || id.Attempt < 1)
        {
            return GatewayError.Invalid(name, "invalid_value", $"Invalid value for '{name}': expected the id of an event, such as '1-42'.");
        }

        point = new ResumePoint(id, false);
        return null;
    }
}
