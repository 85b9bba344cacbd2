using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Usage;
using LlmGateway.ServiceDefaults.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Jobs;

/// <summary>Does jobs that are one request to a model: sends it through the spine, shows the chunks of its answer and keeps the whole.</summary>
internal sealed class ModelHandler(JobKind kind, GatewayPipeline pipeline, IJobEventLog log, OutputLengths lengths, IOptions<JobOptions> options, TimeProvider time) : IJobHandler
{
    public JobKind Kind => kind;

    public async Task<JobOutcome> RunAsync(RunningJob job)
    {
        var (view, invalid) = JobRequest.Read(job.Row);
        if (view is null)
        {
            return JobOutcomes.Of(invalid!);
        }

        await using var events = new JobEventWriter(log, job, time);
        var request = JobRequest.Create(job, view, time);
        using var result = new PooledBuffer();
        GatewayError? error;
        await using (var answer = await pipeline.AnswerAsync(request))
        {
            error = await TakeAsync(job, request, answer, events, result);
        }

        // Disposed, so that the request is settled.
        return Outcome(job, request, error, events, result);
    }

    /// <summary>Takes the answer in; gives back why there is none.</summary>
    private async ValueTask<GatewayError?> TakeAsync(RunningJob job, GatewayRequest request, GatewayAnswer answer, JobEventWriter events, PooledBuffer result)
    {
        switch (answer)
        {
            case ErrorAnswer failed:
                return failed.Error;
            case JsonAnswer whole:
                return Copy(whole.Body.Span, result);
            case StreamAnswer { IsDocument: true } document:
                return await AnswerHolder.HoldAsync(document, result, options.Value.MaxResultBytes, TooLarge);
            default:
                return await FollowAsync(job, request, (StreamAnswer)answer, events, result);
        }
    }

    private async ValueTask<GatewayError?> FollowAsync(RunningJob job, GatewayRequest request, StreamAnswer stream, JobEventWriter events, PooledBuffer result)
    {
        var assembler = new AnswerAssembler();
        var expected = Math.Max(1, request.View.MaxTokens ?? lengths.Expected(request.View.Model));
        var chunks = 0;
        do
        {
            while (stream.TryRead(out var chunk))
            {
                assembler.Add(chunk.Span);
                events.Add(chunk.Span);
                chunks++;
                if (assembler.ApproximateLength > options.Value.MaxResultBytes)
                {
                    return TooLarge();
                }
            }

            // Of a length that the client has set, or of what such answers usually have; never whole before it is.
            job.Progress = Math.Min(0.99, request.View.MaxTokens is null ? chunks / (double)(chunks + expected) : chunks / (double)expected);
        }
        while (await stream.WaitAsync() == StreamState.Ready);

        if (stream.State == StreamState.Failed)
        {
            return stream.Error ?? new GatewayError(GatewayErrorCode.UpstreamInterrupted, "The answer broke off.");
        }

        lengths.Note(request.View.Model, chunks);
        assembler.Write(result);
        return null;
    }

    private GatewayError? Copy(ReadOnlySpan<byte> piece, PooledBuffer result)
    {
        if ((long)result.Length + piece.Length > options.Value.MaxResultBytes)
        {
            return TooLarge();
        }

        result.Write(piece);
        return null;
    }

    private GatewayError TooLarge() => GatewayError.Invalid(
        null, "result_too_large", $"The answer is larger than the {options.Value.MaxResultBytes} bytes that are kept of a job.");

    private JobOutcome Outcome(RunningJob job, GatewayRequest request, GatewayError? error, JobEventWriter events, PooledBuffer result)
    {
        var outcome = request.Outcome!.Value;
        job.ServedBy = request.UpstreamModel;
        var end = new JobEnd(error is null ? JobStatus.Completed : JobStatus.Failed)
        {
            Events = events.Archive(),
            Usage = UsageRecorder.Row(request, outcome with { Error = error ?? outcome.Error }, UsageRecorder.IdOf(job.Row.ChargeName), time.GetUtcNow()),
            UsageJson = UsageJson(outcome.Usage, request.Prices is null ? null : outcome.Cost),
        };
        if (error is null)
        {
            return new JobOutcome.Ended(end with { Result = result.WrittenSpan.ToArray() });
        }

        end = end with { Error = ErrorMapper.Document(error) };
        var refused = request.Attempts == 0 && error.Code is (GatewayErrorCode.UpstreamUnavailable or GatewayErrorCode.Overloaded);
        return JobOutcomes.Of(error, end) is JobOutcome.Failed failed ? failed with { WasRefused = refused } : new JobOutcome.Ended(end);
    }

    private static string? UsageJson(TokenUsage? usage, decimal? cost)
    {
        if (usage is not { } tokens)
        {
            return null;
        }

        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteNumber("prompt_tokens"u8, tokens.PromptTokens);
            json.WriteNumber("completion_tokens"u8, tokens.CompletionTokens);
            json.WriteNumber("total_tokens"u8, tokens.TotalTokens);
            if (cost is { } dollars)
            {
                json.WriteString("cost"u8, dollars.ToString("0.############", CultureInfo.InvariantCulture));
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
