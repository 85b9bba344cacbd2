using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Api.Streaming;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Inference;

/// <summary>
/// What <c>/v1/chat/completions</c>, <c>/v1/completions</c> and <c>/v1/embeddings</c> share: body in, spine, answer out.
/// </summary>
internal sealed partial class InferenceEndpoint(
    RequestBodyReader bodies, GatewayPipeline pipeline, SseAnswerWriter sse, HeldAnswers answers, TimeProvider time, IOptions<ServerOptions> options, ILogger<InferenceEndpoint> logger)
{
    private readonly int _maxDepth = options.Value.MaxJsonDepth;

    public async Task HandleAsync(HttpContext context, Operation operation)
    {
        var start = time.GetTimestamp();
        var body = new PooledBuffer();
        try
        {
            if (await bodies.ReadAsync(context.Request, body) is { } refused)
            {
                await ErrorResponse.WriteAsync(context, refused);
                return;
            }

            if (RequestReader.Read(operation, RequestBodyReader.Json(body), out var view, _maxDepth) is { } invalid)
            {
                await ErrorResponse.WriteAsync(context, invalid);
                return;
            }

            if (RequestDirections.Read(context.Request.Headers, out var directions) is { } misdirected)
            {
                await ErrorResponse.WriteAsync(context, misdirected);
                return;
            }

            var request = new GatewayRequest(RequestIdentity.Get(context), view, context.Features.Get<Caller>()!, context.RequestAborted)
            {
                Sensitivity = directions.Sensitivity,
                StartTimestamp = start,
                StreamMode = directions.StreamMode,
                Priority = directions.Priority,
            };
            context.Features.Set(request);
            await using var answer = await pipeline.AnswerAsync(request);
            await WriteAsync(context, request, answer);
        }
        finally
        {
            // Last, because an upstream call may read the body until its answer is disposed.
            bodies.Release(context, body);
        }
    }

    private async ValueTask WriteAsync(HttpContext context, GatewayRequest request, GatewayAnswer answer)
    {
        DecisionHeaders.Set(context.Response.Headers, request, answer);
        switch (answer)
        {
            case StreamAnswer { IsDocument: true } document:
                await WriteDocumentAsync(context, document);
                break;
            case StreamAnswer stream:
                await answers.SendAsync(context, stream.HeldBytes, (sse, stream), static (c, s) => s.sse.WriteAsync(c, s.stream, OpenAIChunks.Format));
                break;
            case JsonAnswer json:
                await answers.SendAsync(context, json.Body.Length, json.Body, ResponseBody.SendJsonAsync);
                break;
            case ErrorAnswer { Error.Code: GatewayErrorCode.ClientClosedRequest }:
                // Nobody is there to read it.
                context.Abort();
                break;
            case ErrorAnswer failed:
                await ErrorResponse.WriteAsync(context, failed.Error);
                break;
        }
    }

    /// <summary>Passes a large answer on. One that fails on the way is broken off, so that it cannot pass for a whole one.</summary>
    private async ValueTask WriteDocumentAsync(HttpContext context, StreamAnswer document)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = document.DocumentLength;
        do
        {
            while (document.TryRead(out var piece))
            {
                if (!await ResponseBody.WriteAsync(context.Response, piece))
                {
                    return;
                }
            }
        }
        while (await document.WaitAsync() == StreamState.Ready);

        if (document.Error is { } error)
        {
            LogBroken(RequestIdentity.Get(context), ErrorMapper.Code(error), error.Message);
            context.Abort();
        }
    }

    [LoggerMessage(LogLevel.Warning, "The large answer to request {RequestId} was broken off: {Code}: {Reason}")]
    private partial void LogBroken(string requestId, string code, string reason);
}
