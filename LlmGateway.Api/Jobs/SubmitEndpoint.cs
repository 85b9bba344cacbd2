using System.Diagnostics;
using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Api.Inference;
using LlmGateway.Contracts;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.ServiceDefaults.Webhooks;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Jobs;

/// <summary>
/// <c>POST /v1/chat/jobs</c> and <c>POST /v1/embeddings/jobs</c>: takes a request on, to be answered later. What is answered with 202 is
/// stored.
/// </summary>
internal sealed class SubmitEndpoint(
    RequestBodyReader bodies, JobAdmission admission, JobServices jobs, IOptions<JobOptions> options, IOptions<ServerOptions> server, TimeProvider time)
{
    private const string Replayed = "idempotent-replayed";

    private readonly int _maxDepth = server.Value.MaxJsonDepth;
    private readonly JobOptions _options = options.Value;

    public async Task HandleAsync(HttpContext context, JobKind kind)
    {
        if (jobs.Store is not { } store)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.NoStore);
            return;
        }

        var body = new PooledBuffer();
        try
        {
            var error = await bodies.ReadAsync(context.Request, body) ?? await SubmitAsync(context, kind, store, RequestBodyReader.Json(body));
            if (error is not null)
            {
                await ErrorResponse.WriteAsync(context, error);
            }
        }
        finally
        {
            bodies.Release(context, body);
        }
    }

    /// <summary>Stores the job and answers, or gives back why not.</summary>
    private async ValueTask<GatewayError?> SubmitAsync(HttpContext context, JobKind kind, IJobStore store, ReadOnlyMemory<byte> body)
    {
        if (IdempotencyKeys.Read(context.Request.Headers, out var key) is { } unusable)
        {
            return unusable;
        }

        if (Read(context, kind, body, out var submission) is { } invalid)
        {
            return invalid;
        }

        if (await admission.CheckAsync(submission.Request) is { } refused)
        {
            return refused;
        }

        JobAddition addition;
        try
        {
            addition = await store.AddAsync(Create(kind, submission, key, key is null ? null : IdempotencyKeys.Hash(kind, submission.Priority, submission.DemandsHigh, body.Span)), context.RequestAborted);
        }
        catch (StoreUnavailableException)
        {
            return JobAnswer.StoreAway;
        }
        catch (StoreFullException)
        {
            return JobAnswer.StoreFull;
        }

        if (addition.Kind == JobAdditionKind.Conflict)
        {
            return IdempotencyKeys.Reused;
        }

        await AcceptAsync(context, addition, submission.Request);
        return null;
    }

    private async ValueTask AcceptAsync(HttpContext context, JobAddition addition, GatewayRequest request)
    {
        var job = addition.Job;
        if (addition.Kind == JobAdditionKind.Repeated)
        {
            context.Response.Headers[Replayed] = "true";
            if (job.Sensitivity is { } verdict)
            {
                // The job's own: the rules may have changed since.
                context.Response.Headers[GatewayHeaders.Sensitivity] = verdict;
            }
        }
        else
        {
            jobs.Hints?.Send(new JobReady { Queue = job.Queue, JobId = job.Id, Priority = HintPriority(job.Priority) });
            SensitivityHeaders.Set(context.Response.Headers, request);
        }

        context.Response.Headers.Location = $"{JobAnswer.PathOf(job.Kind)}/{job.Id}";
        await JobAnswer.SendAsync(context, StatusCodes.Status202Accepted, job, position: null, estimate: null, _options);
    }

    private GatewayError? Read(HttpContext context, JobKind kind, ReadOnlyMemory<byte> body, out Submission submission)
    {
        submission = default;
        if (RequestDirections.Read(context.Request.Headers, out var directions) is { } misdirected)
        {
            return misdirected;
        }

        if (JobEnvelope.Read(body.Span, _maxDepth, out var envelope) is { } misaddressed)
        {
            return misaddressed;
        }

        var bytes = envelope.Cut(body.Span);
        if (RequestReader.Read(kind == JobKind.Chat ? Operation.Chat : Operation.Embeddings, bytes, out var view, _maxDepth) is { } invalid)
        {
            return invalid;
        }

        if (envelope.WebhookUrl is { } url && Refusal(url) is { } refusal)
        {
            return GatewayError.Invalid("webhook.url", "invalid_value", $"Invalid value for 'webhook.url': {refusal}");
        }

        var request = new GatewayRequest(RequestIdentity.Get(context), view, context.Features.Get<Caller>()!, context.RequestAborted)
        {
            StartTimestamp = time.GetTimestamp(),
            Sensitivity = directions.Sensitivity,
        };
        context.Features.Set(request);
        submission = new Submission(request, bytes, envelope.Priority ?? PriorityOf(directions.Priority), directions.Sensitivity.IsSensitive, envelope.WebhookUrl);
        return null;
    }

    private string? Refusal(string url) => jobs.WebhookTargets is { } targets ? targets.Refusal(url) : "this gateway calls no webhooks.";

    private Job Create(JobKind kind, Submission submission, string? key, byte[]? hash)
    {
        var request = submission.Request;
        var now = time.GetUtcNow();
        return new Job
        {
            Id = JobIds.New(),
            Kind = kind,
            ApiKeyId = request.Caller.KeyId,
            Owner = request.Caller.Owner,
            Team = request.Caller.Team,
            Model = request.View.Model,
            Priority = submission.Priority,
            QueueAt = now + _options.DelayOf(submission.Priority),
            Request = submission.Body,
            Sensitivity = request.Sensitivity.IsSensitive ? "high" : request.IsClassified ? "low" : null,
            AllowedModels = request.Caller.AllowedModels is { Count: > 0 } allowed ? [.. allowed] : null,
            MaxAttempts = _options.MaxAttempts,
            RunAfter = now,
            IdempotencyKey = key,
            IdempotencyHash = hash,
            WebhookUrl = submission.WebhookUrl,
            TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
            CreatedAt = now,
        };
    }

    private static JobPriority PriorityOf(RequestPriority priority) => priority switch
    {
        RequestPriority.Low => JobPriority.Low,
        RequestPriority.High => JobPriority.High,
        _ => JobPriority.Normal,
    };

    private static byte HintPriority(JobPriority priority) => priority switch
    {
        JobPriority.Low => 0,
        JobPriority.High => 9,
        _ => 5,
    };

    private readonly record struct Submission(GatewayRequest Request, byte[] Body, JobPriority Priority, bool DemandsHigh, string? WebhookUrl);
}
