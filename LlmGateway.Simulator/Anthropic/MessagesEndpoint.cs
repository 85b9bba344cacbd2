using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Anthropic;

/// <summary>POST /v1/messages and /v1/messages/count_tokens.</summary>
internal static class MessagesEndpoint
{
    public static async Task HandleAsync(Exchange exchange)
    {
        // :: Step 1: What is asked
        exchange.Http.Response.Headers["request-id"] = exchange.Http.Response.Headers["x-request-id"];
        var request = MessagesRequest.Parse(exchange.ParseBody());
        FindModel(exchange, request.Generation.Model);

        // :: Step 2: A slot on the model; faults that replace the answer happen here
        using var lease = await exchange.BeginAsync(request.Generation.Model, request.Needs);
        var answer = MakeAnswer(exchange, request);

        // :: Step 3: The answer at the model's pace
        if (request.Stream) await StreamAsync(exchange, answer);
        else await WriteWholeAsync(exchange, answer);
    }

    public static async Task CountAsync(Exchange exchange)
    {
        var request = MessagesRequest.Parse(exchange.ParseBody(), counting: true);
        FindModel(exchange, request.Generation.Model);
        using var lease = await exchange.BeginAsync(request.Generation.Model, request.Needs);
        await exchange.WriteJsonAsync(200, GenerationEngine.CountPrompt(request.Generation), static (json, count) =>
        {
            json.WriteStartObject();
            json.WriteNumber("input_tokens"u8, count);
            json.WriteEndObject();
        });
    }

    private static void FindModel(Exchange exchange, string requested)
    {
        var (name, _) = RequestedName.Split(requested, exchange.Catalog);
        if (exchange.Catalog.Find(name) is null) throw AnthropicModels.NotFound(name);
    }

    private static BlockAnswer MakeAnswer(Exchange exchange, MessagesRequest request)
    {
        var prompt = GenerationEngine.CountPrompt(request.Generation);
        var window = exchange.Model.ContextLength;
        if (prompt >= window) throw SimulatorException.BadRequest($"prompt is too long: {prompt} tokens > {window} maximum", "messages");
        return BlockAnswer.Make(request.Generation with { FilterAfter = exchange.FilterAfter }, exchange.Model, request.Thinks);
    }

    private static async Task WriteWholeAsync(Exchange exchange, BlockAnswer answer)
    {
        await exchange.PaceAsync(Math.Max(0, answer.OutputTokens - 1));
        exchange.CountTokens(answer.OutputTokens);
        await exchange.WriteJsonAsync(200, answer, MessagesJson.WriteMessage);
    }

    private static async Task StreamAsync(Exchange exchange, BlockAnswer answer)
    {
        await exchange.PaceAsync(0);
        await exchange.StartStreamAsync();
        await exchange.WriteFrameAsync(FrameKind.Start, answer, MessagesJson.WriteStart, "message_start");
        var writer = new BlockWriter(exchange);
        if (answer.Thoughts.Count > 0) await writer.ThinkAsync(answer.Thoughts);
        foreach (var step in ChatSteps.Of(answer.Choice))
        {
            if (step.Opens || (step.Call < 0 && !writer.IsOpen))
                await writer.OpenAsync(step.Call < 0 ? null : answer.Choice.ToolCalls[step.Call]);
            await writer.WriteAsync(step.Call >= 0, step.Text, step.Tokens);
        }

        await writer.CloseAsync();
        await exchange.WriteFrameAsync(FrameKind.Finish, answer, MessagesJson.WriteDelta, "message_delta");
        await exchange.WriteFrameAsync(FrameKind.Done, answer, MessagesJson.WriteStop, "message_stop");
        await exchange.EndStreamAsync();
    }
}
