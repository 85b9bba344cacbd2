using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>POST /model/{id}/converse and /model/{id}/converse-stream.</summary>
internal static class ConverseEndpoint
{
    public static Task HandleAsync(Exchange exchange) => AnswerAsync(exchange, WriteWholeAsync);

    public static Task StreamAsync(Exchange exchange) => AnswerAsync(exchange, WriteStreamAsync);

    private static async Task AnswerAsync(Exchange exchange, Func<Exchange, BlockAnswer, Task> write)
    {
        // :: Step 1: What is asked
        var model = BedrockModels.Find(exchange);
        var request = ConverseRequest.Parse(exchange.ParseBody(), RequestedName.Split(model, exchange.Catalog).Model);

        // :: Step 2: A slot on the model; faults that replace the answer happen here
        using var lease = await exchange.BeginAsync(model, request.Needs);
        if (GenerationEngine.CountPrompt(request.Generation) >= exchange.Model.ContextLength) throw BedrockErrors.Invalid("Input is too long for requested model.");
        var answer = BlockAnswer.Make(request.Generation with { FilterAfter = exchange.FilterAfter }, exchange.Model, request.Thinks);
        if (answer.Choice.FinishReason == FinishReason.ContentFilter) answer = answer with { StopReason = "content_filtered" };

        // :: Step 3: The answer at the model's pace
        await write(exchange, answer);
    }

    private static async Task WriteWholeAsync(Exchange exchange, BlockAnswer answer)
    {
        await exchange.PaceAsync(Math.Max(0, answer.OutputTokens - 1));
        exchange.CountTokens(answer.OutputTokens);
        await exchange.WriteJsonAsync(200, (answer, exchange.Elapsed), ConverseJson.WriteMessage);
    }

    private static async Task WriteStreamAsync(Exchange exchange, BlockAnswer answer)
    {
        await exchange.PaceAsync(0);
        await exchange.StartStreamAsync();
        var writer = new ConverseStreamWriter(exchange);
        await writer.StartAsync();
        if (answer.Thoughts.Count > 0) await writer.ThinkAsync(answer.Thoughts);
        foreach (var step in ChatSteps.Of(answer.Choice))
        {
            if (step.Opens || (step.Call < 0 && !writer.IsOpen))
                await writer.OpenAsync(step.Call < 0 ? null : answer.Choice.ToolCalls[step.Call]);
            if (step.Opens) exchange.CountTokens(step.Tokens);
            else await writer.WriteAsync(step.Call >= 0, step.Text, step.Tokens);
        }

        await writer.CloseAsync();
        await writer.StopAsync(answer.StopReason);
        await exchange.WriteFrameAsync(FrameKind.Done, (answer, exchange.Elapsed), ConverseJson.WriteMetadata, "metadata");
        await exchange.EndStreamAsync();
    }
}
