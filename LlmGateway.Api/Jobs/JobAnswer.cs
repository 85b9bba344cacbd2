using System.Globalization;
using System.Text.Json;
using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs;

/// <summary>What the endpoints of jobs answer, and the errors that they share.</summary>
internal static class JobAnswer
{
    /// <summary>When to look again at a job of which nothing else is known.</summary>
    private const long UsualWait = 2;

    private const long LongestWait = 60;

    /// <summary>No store is configured.</summary>
    public static GatewayError NoStore { get; } = new(
        GatewayErrorCode.DependencyUnavailable, "Jobs need a database, and this gateway has none: connection string 'gatewaydb' is not set.");

    public static GatewayError StoreAway { get; } = new(
        GatewayErrorCode.DependencyUnavailable, "The database of the jobs does not answer. Try again in a moment.") { RetryAfter = TimeSpan.FromSeconds(2) };

    public static GatewayError StoreFull { get; } = new(
        GatewayErrorCode.Overloaded, "There is no room for another job: they are kept in memory, and those that wait or have ended take what Jobs:MaxMemoryBytes allows.")
    {
        RetryAfter = TimeSpan.FromSeconds(10),
    };

    public static GatewayError NotFound { get; } = new(
        GatewayErrorCode.NotFound, "There is no such job. It may have been deleted, or belong to another API key.");

    /// <summary>Where jobs of the kind are.</summary>
    public static string PathOf(JobKind kind) => kind == JobKind.Chat ? "/v1/chat/jobs" : "/v1/embeddings/jobs";

    /// <summary>Sends the job's document, and in the middle of it the result where there is one.</summary>
    public static async ValueTask SendAsync(HttpContext context, int status, Job job, long? position, TimeSpan? estimate, JobOptions options)
    {
        using var body = new PooledBuffer();
        var head = 0;
        await using (var json = new Utf8JsonWriter(body))
        {
            JobDocument.WriteHead(json, job);
            json.Flush();
            head = body.Length;
            JobDocument.WriteRest(json, job, position, estimate, options);
        }

        var response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        if (!job.HasEnded)
        {
            var wait = estimate is { } left ? (long)Math.Ceiling(left.TotalSeconds) : UsualWait;
            response.Headers.RetryAfter = Math.Clamp(wait, 1, LongestWait).ToString(CultureInfo.InvariantCulture);
        }

        if (job.Status != JobStatus.Completed || job.Result is not { } result)
        {
            await ResponseBody.SendJsonAsync(context, body);
            return;
        }

        response.ContentType = "application/json";
        response.ContentLength = body.Length + Name.Length + result.Length;
        if (await ResponseBody.WriteAsync(response, body.Written[..head])
            && await ResponseBody.WriteAsync(response, Name)
            && await ResponseBody.WriteAsync(response, result))
        {
            await ResponseBody.WriteAsync(response, body.Written[head..]);
        }
    }

    private static ReadOnlyMemory<byte> Name { get; } = ",\"result\":"u8.ToArray();
}
