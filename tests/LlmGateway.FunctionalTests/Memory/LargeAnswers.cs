using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmGateway.FunctionalTests.Memory;

/// <summary>
/// A provider of OpenAI's dialect whose answers are as long as its models are called: <c>whole-8</c> answers with a document of 8 MiB,
/// <c>stream-300</c> with 300 MiB of chunks, each full of log-probabilities.
/// </summary>
internal sealed class LargeAnswers : IAsyncDisposable
{
    private const int MiB = 1024 * 1024;
    private static readonly string[] Models = ["whole-0", "whole-8", "logprobs-300", "stream-8", "stream-300"];
    private static readonly byte[] Text = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
    private static readonly byte[] LogProbs = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("""{"token":"x","logprob":-0.25,"bytes":[120],"top_logprobs":[]},""", 1024)));

    private readonly WebApplication _server;

    private LargeAnswers(WebApplication server) => _server = server;

    public Uri BaseAddress => new(_server.Urls.Single());

    public static async Task<LargeAnswers> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.MapGet("/v1/models", () => Results.Json(new { @object = "list", data = Models.Select(id => new { id, @object = "model" }) }));
        server.MapPost("/v1/chat/completions", AnswerAsync);
        await server.StartAsync();
        return new LargeAnswers(server);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true)).ContinueWith(static _ => { }, TaskScheduler.Default);
        await _server.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        using var request = await System.Text.Json.JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        var model = request.RootElement.GetProperty("model").GetString()!.Split('-');
        var size = int.Parse(model[1], System.Globalization.CultureInfo.InvariantCulture) * MiB;
        if (model[0] == "stream")
        {
            await StreamAsync(context.Response, size, context.RequestAborted);
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("""{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""" + "\"");
        if (model[0] == "whole")
        {
            await RepeatAsync(context.Response, Text, size, context.RequestAborted);
            await context.Response.WriteAsync("\"},");
        }
        else
        {
            await context.Response.WriteAsync("x\"},\"logprobs\":{\"content\":[");
            await RepeatAsync(context.Response, LogProbs, size, context.RequestAborted);
            await context.Response.WriteAsync("""{"token":"x","logprob":-0.25,"bytes":[120],"top_logprobs":[]}]},""");
        }

        await context.Response.WriteAsync("""
            "finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
            """);
    }

    private static async Task StreamAsync(HttpResponse response, int size, CancellationToken aborted)
    {
        response.ContentType = "text/event-stream";
        var head = Encoding.ASCII.GetBytes("""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"x"},"logprobs":{"content":[""");
        var tail = Encoding.ASCII.GetBytes("""{"token":"x","logprob":-0.25,"bytes":[120],"top_logprobs":[]}]},"finish_reason":null}]}""" + "\n\n");
        for (var sent = 0; sent < size; sent += LogProbs.Length)
        {
            await response.Body.WriteAsync(head, aborted);
            await response.Body.WriteAsync(LogProbs, aborted);
            await response.Body.WriteAsync(tail, aborted);
        }

        await response.WriteAsync("""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n", aborted);
    }

    private static async Task RepeatAsync(HttpResponse response, byte[] block, int size, CancellationToken aborted)
    {
        for (var sent = 0; sent < size; sent += block.Length)
        {
            await response.Body.WriteAsync(block, aborted);
        }
    }
}
