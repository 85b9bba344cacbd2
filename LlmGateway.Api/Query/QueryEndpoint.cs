using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Api.Inference;
using LlmGateway.Api.Streaming;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Query;

/// <summary>What the plain endpoints share: body in, the OpenAI request that it means, spine, answer out.</summary>
internal sealed class QueryEndpoint(
    RequestBodyReader bodies, GatewayPipeline pipeline, ModelDirectory directory, SseAnswerWriter sse, HeldAnswers answers, TimeProvider time, IOptions<ServerOptions> options)
{
    /// <summary>The largest answer of a provider that is held to take the text out of it, in bytes.</summary>
    private const int MaxAnswerBytes = 64 * 1024 * 1024;

    private readonly int _maxDepth = options.Value.MaxJsonDepth;

    public async Task HandleAsync(HttpContext context, PlainKind kind)
    {
        var start = time.GetTimestamp();
        var body = new PooledBuffer();
        var translated = new PooledBuffer();
        try
        {
            var (request, isList, error) = await ReadAsync(context, kind, start, body, translated);
            if (request is null)
            {
                await ErrorResponse.WriteAsync(context, error!);
                return;
            }

            await using var answer = await pipeline.AnswerAsync(request);
            DecisionHeaders.Set(context.Response.Headers, request, answer);
            await WriteAsync(context, kind, request, answer, isList);
        }
        finally
        {
            // Last, because an upstream call may read the request until its answer is disposed.
            bodies.Release(context, body);
            bodies.Release(context, translated);
        }
    }

    /// <summary>Reads the body and makes the request out of it; an error when there is none.</summary>
    private async ValueTask<(GatewayRequest? Request, bool IsList, GatewayError? Error)> ReadAsync(
        HttpContext context, PlainKind kind, long start, PooledBuffer body, PooledBuffer translated)
    {
        if (await bodies.ReadAsync(context.Request, body) is { } refused)
        {
            return (null, false, refused);
        }

        if (PlainDocument.Read(RequestBodyReader.Json(body), PlainRequest.Rules(kind), out var plain, _maxDepth) is { } wrong)
        {
            return (null, false, wrong);
        }

        var (choice, unknown) = await ModelChoice.MakeAsync(
            directory, plain.Text("provider"), plain.Text("model"), PlainRequest.Needed(kind), context.Features.Get<Caller>()!, context.RequestAborted);
        if (unknown is not null)
        {
            return (null, false, unknown);
        }

        var isList = kind == PlainKind.Embeddings && plain.Raw("text")[0] == '[';
        PlainRequest.Write(kind, plain, choice.Model, translated);
        bodies.Replace(context, body, translated);
        if (RequestReader.Read(PlainRequest.OperationOf(kind), translated.Written, out var view, _maxDepth) is { } invalid)
        {
            return (null, false, PlainRequest.Rename(invalid));
        }

        if (RequestDirections.Read(context.Request.Headers, out var directions) is { } misdirected)
        {
            return (null, false, misdirected);
        }

        var request = new GatewayRequest(RequestIdentity.Get(context), view, context.Features.Get<Caller>()!, context.RequestAborted)
        {
            StartTimestamp = start,
            StreamMode = directions.StreamMode,
            Sensitivity = directions.Sensitivity,
            Priority = directions.Priority,
            OnlyProvider = choice.OnlyProvider,
        };
        context.Features.Set(request);
        return (request, isList, null);
    }

    private async ValueTask WriteAsync(HttpContext context, PlainKind kind, GatewayRequest request, GatewayAnswer answer, bool isList)
    {
        switch (answer)
        {
            case StreamAnswer { IsDocument: false } stream:
                await answers.SendAsync(context, stream.HeldBytes, (sse, stream), static (c, s) => s.sse.WriteAsync(c, s.stream, TextChunks.Format));
                break;
            case StreamAnswer large:
                using (var held = new PooledBuffer())
                {
                    var broken = await AnswerHolder.HoldAsync(request, large, held, MaxAnswerBytes);
                    await WriteWholeAsync(context, kind, request, held.Written, (large.Usage, large.FinishReason, isList, broken));
                }

                break;
            case JsonAnswer json:
                await WriteWholeAsync(context, kind, request, json.Body, (json.Usage, json.FinishReason, isList, null));
                break;
            case ErrorAnswer failed:
                await FailAsync(context, failed.Error);
                break;
        }
    }

    private async ValueTask WriteWholeAsync(
        HttpContext context, PlainKind kind, GatewayRequest request, ReadOnlyMemory<byte> answer, (TokenUsage? Usage, string? FinishReason, bool IsList, GatewayError? Broken) facts)
    {
        using var output = new PooledBuffer();
        var error = facts.Broken ?? (kind == PlainKind.Embeddings
            ? PlainAnswer.WriteVectors(request, answer.Span, facts.IsList, output)
            : PlainAnswer.WriteText(request, answer, facts.Usage, facts.FinishReason, time.GetElapsedTime(request.StartTimestamp), output));
        if (error is not null)
        {
            await FailAsync(context, error);
            return;
        }

        // The provider's answer stays until this one has been read.
        await answers.SendAsync(context, (long)answer.Length + output.Length, output.Written, ResponseBody.SendJsonAsync);
    }

    private static async ValueTask FailAsync(HttpContext context, GatewayError error)
    {
        if (error.Code == GatewayErrorCode.ClientClosedRequest)
        {
            // Nobody is there to read it.
            context.Abort();
            return;
        }

        await ErrorResponse.WriteAsync(context, error);
    }
}
