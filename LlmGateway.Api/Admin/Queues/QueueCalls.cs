using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>What all calls under <c>/admin/queue</c> do alike: there may be no queues, and the store may not answer.</summary>
internal sealed class QueueCalls(QueueBoard board, RequestBodyReader bodies, IOptions<ServerOptions> options)
{
    public const string QueueName = "queue";
    public const string ConfirmName = "confirm";
    private const int LongestNameShown = 100;
    private const int LongestId = 128;

    private static readonly GatewayError NoQueues = new(GatewayErrorCode.DependencyUnavailable, "This gateway keeps no jobs.") { RetryAfter = TimeSpan.FromSeconds(60) };

    private static readonly GatewayError Away = new(
        GatewayErrorCode.DependencyUnavailable, "The queues cannot be reached: the database does not answer.") { RetryAfter = TimeSpan.FromSeconds(2) };

    private readonly int _maxDepth = options.Value.MaxJsonDepth;

    /// <summary>Runs <paramref name="work"/>, which answers or says why not.</summary>
    public async Task RunAsync(HttpContext context, Func<IJobQueues, Task<GatewayError?>> work)
    {
        GatewayError? error;
        try
        {
            error = board.Queues is { } queues ? await work(queues) : NoQueues;
        }
        catch (StoreUnavailableException)
        {
            error = Away;
        }

        if (error is not null)
        {
            await ErrorResponse.WriteAsync(context, error);
        }
    }

    /// <summary>The same with the request's body, which is like <c>{}</c> when there is none.</summary>
    public async Task RunAsync(HttpContext context, ParameterRule[] rules, Func<IJobQueues, PlainDocument, Task<GatewayError?>> work)
    {
        using var body = new PooledBuffer();
        try
        {
            ReadOnlyMemory<byte> json = "{}"u8.ToArray();
            if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false })
            {
                if (await bodies.ReadAsync(context.Request, body) is { } refused)
                {
                    await ErrorResponse.WriteAsync(context, refused);
                    return;
                }

                json = RequestBodyReader.Json(body);
            }

            var invalid = PlainDocument.Read(json, rules, out var document, _maxDepth);
            await RunAsync(context, queues => invalid is null ? work(queues, document) : Task.FromResult<GatewayError?>(invalid));
        }
        finally
        {
            bodies.Release(context, body);
        }
    }

    /// <summary>The queue that the path names.</summary>
    public static GatewayError? PathQueue(HttpContext context, out JobKind kind)
    {
        var name = (string?)context.Request.RouteValues[QueueName] ?? "";
        var found = Job.KindOf(name);
        kind = found ?? default;
        return found is null
            ? new GatewayError(GatewayErrorCode.NotFound, $"There is no queue '{Shorten(name)}'; there are 'chat', 'embeddings' and 'batch'.") { Param = QueueName }
            : null;
    }

    /// <summary>The queue that a parameter names; null for all.</summary>
    public static GatewayError? NamedQueue(string? name, out JobKind? kind)
    {
        kind = string.IsNullOrEmpty(name) ? null : Job.KindOf(name);
        return kind is null && !string.IsNullOrEmpty(name)
            ? GatewayError.Invalid(QueueName, "invalid_value", $"Invalid value for '{QueueName}': supported values are 'chat', 'embeddings' and 'batch'.")
            : null;
    }

    /// <summary>The dead letter that the path names; null when no id looks like this.</summary>
    public static string? PathId(HttpContext context) => (string?)context.Request.RouteValues["id"] is { } id && IsId(id) ? id : null;

    /// <summary>Whether an id can be one. What cannot is not brought before the store: not every text can be asked for.</summary>
    public static bool IsId(string id) => id.Length is > 0 and <= LongestId && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>What cannot be undone has to be said twice.</summary>
    public static GatewayError Unconfirmed(PlainDocument body, string message) =>
        GatewayError.Invalid(ConfirmName, body.Raw(ConfirmName).IsEmpty ? "missing_required_parameter" : "invalid_value", message);

    public static GatewayError NoSuchLetter(HttpContext context) => new(
        GatewayErrorCode.NotFound, $"There is no dead letter '{Shorten((string?)context.Request.RouteValues["id"] ?? "")}'. It may have been replayed or deleted.") { Param = "id" };

    private static string Shorten(string text) => text.Length > LongestNameShown ? string.Concat(text.AsSpan(0, LongestNameShown), "…") : text;
}
