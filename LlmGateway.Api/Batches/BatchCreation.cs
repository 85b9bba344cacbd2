using System.Diagnostics;
using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Api.Inference;
using LlmGateway.Api.Jobs;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Batches;

/// <summary><c>POST /v1/batches</c>: takes a batch on. What is answered with 200 is stored.</summary>
internal sealed class BatchCreation(
    RequestBodyReader bodies, JobServices jobs, IOptions<JobOptions> options, IOptions<ServerOptions> server, SensitivityPolicy sensitivity, TimeProvider time,
    IFileStore? files = null)
{
    private const byte HintPriority = 5;

    private static readonly TimeSpan Window = TimeSpan.FromHours(24);

    private readonly int _maxDepth = server.Value.MaxJsonDepth;

    public async Task HandleAsync(HttpContext context)
    {
        if (jobs.Store is not { } store || files is null)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.NoStore);
            return;
        }

        var body = new PooledBuffer();
        try
        {
            var error = await bodies.ReadAsync(context.Request, body) ?? await CreateAsync(context, store, files, RequestBodyReader.Json(body));
            if (error is not null)
            {
                await ErrorResponse.WriteAsync(context, error);
            }
        }
        catch (StoreUnavailableException) when (!context.Response.HasStarted)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.StoreAway);
        }
        catch (StoreFullException)
        {
            await ErrorResponse.WriteAsync(context, JobAnswer.StoreFull);
        }
        finally
        {
            bodies.Release(context, body);
        }
    }

    private async ValueTask<GatewayError?> CreateAsync(HttpContext context, IJobStore store, IFileStore found, ReadOnlyMemory<byte> body)
    {
        if (IdempotencyKeys.Read(context.Request.Headers, out var key) is { } unusable)
        {
            return unusable;
        }

        if (BatchRequest.Read(body, _maxDepth, out var request) is { } invalid)
        {
            return invalid;
        }

        if (await CheckFileAsync(context, found, request!.InputFileId) is { } missing)
        {
            return missing;
        }

        var addition = await store.AddAsync(Create(context, request, body.Span, key), context.RequestAborted);
        switch (addition.Kind)
        {
            case JobAdditionKind.Conflict:
                return IdempotencyKeys.Reused;
            case JobAdditionKind.Added:
                jobs.Hints?.Send(new JobReady { Queue = JobQueues.Batch, JobId = addition.Job.Id, Priority = HintPriority });
                break;
        }

        await ResponseBody.SendStateAsync(context, json => BatchDocument.Write(json, addition.Job));
        return null;
    }

    private static async ValueTask<GatewayError?> CheckFileAsync(HttpContext context, IFileStore files, string id)
    {
        // No id of a file holds U+0000, and no text of PostgreSQL.
        var file = id.Contains('\0', StringComparison.Ordinal) ? null : await files.FindAsync(id, KeyOf(context), context.RequestAborted);
        return file is null
            ? GatewayError.Invalid("input_file_id", "invalid_value", "Invalid value for 'input_file_id': there is no such file. It may have been deleted, or belong to another API key.")
            : file.Purpose != "batch"
                ? GatewayError.Invalid("input_file_id", "invalid_value", $"Invalid value for 'input_file_id': the file's purpose is '{file.Purpose}' and must be 'batch'.")
                : null;
    }

    private Job Create(HttpContext context, BatchRequest request, ReadOnlySpan<byte> body, string? key)
    {
        var caller = context.Features.Get<Caller>()!;
        var now = time.GetUtcNow();
        var demandsHigh = SensitivityHeaders.Demanded(context.Request.Headers).IsSensitive;
        return new Job
        {
            Id = BatchIds.New(),
            Kind = JobKind.Batch,
            ApiKeyId = caller.KeyId,
            Owner = caller.Owner,
            Team = caller.Team,
            Model = "",
            QueueAt = now + options.Value.DelayOf(JobPriority.Normal),
            Request = body.ToArray(),
            Sensitivity = demandsHigh ? "high" : null,
            AllowedModels = caller.AllowedModels is { Count: > 0 } allowed ? [.. allowed] : null,
            AcceptedUnder = sensitivity.InForce,
            MaxAttempts = options.Value.MaxAttempts,
            RunAfter = now,
            IdempotencyKey = key,
            IdempotencyHash = key is null ? null : IdempotencyKeys.Hash(JobKind.Batch, JobPriority.Normal, demandsHigh, body),
            InputFileId = request.InputFileId,
            Endpoint = request.Endpoint,
            Metadata = request.Metadata,
            TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
            CreatedAt = now,
            ExpiresAt = now + Window,
        };
    }

    private static string KeyOf(HttpContext context) => context.Features.Get<Caller>()!.KeyId;
}
