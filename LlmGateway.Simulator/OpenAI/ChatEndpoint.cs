using System.Globalization;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>POST /v1/chat/completions.</summary>
internal static class ChatEndpoint
{
    public static async Task HandleAsync(Exchange exchange)
    {
        // :: Step 1: What is asked
        var request = ChatRequest.Parse(exchange.ParseBody());

        // :: Step 2: A slot on the model; faults that replace the answer happen here
        using var lease = await exchange.BeginAsync(request.Generation.Model, request.Needs);
        var generation = GenerationEngine.Generate(request.Generation with { Model = exchange.Model.Name, FilterAfter = exchange.FilterAfter }, exchange.Model);
        var answer = new ChatAnswer(
            "chatcmpl-" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture),
            exchange.Time.GetUtcNow().ToUnixTimeSeconds(),
            exchange.Model.Name,
            generation,
            request.Generation.ToolChoice.Mode == ToolChoiceMode.Named,
            request.IncludeUsage);

        // :: Step 3: The answer at the model's pace
        if (request.Stream) await StreamAsync(exchange, answer);
        else await WriteWholeAsync(exchange, answer);
    }

    private static async Task WriteWholeAsync(Exchange exchange, ChatAnswer answer)
    {
        await exchange.PaceAsync(Math.Max(0, answer.Generation.Choices.Max(c => c.CompletionTokens) - 1));
        exchange.CountTokens(answer.Generation.CompletionTokens);
        await exchange.WriteJsonAsync(200, answer, static (json, a) => ChatJson.WriteCompletion(json, a));
    }

    private static async Task StreamAsync(Exchange exchange, ChatAnswer answer)
    {
        var choices = answer.Generation.Choices;
        var steps = choices.Select(ChatSteps.Of).ToArray();
        await exchange.PaceAsync(0);
        await exchange.StartStreamAsync();
        for (var c = 0; c < choices.Count; c++)
            await exchange.WriteFrameAsync(FrameKind.Start, (answer, choices[c]), static (json, s) => ChatJson.WriteRoleChunk(json, s.answer, s.Item2));

        var longest = steps.Max(s => s.Count);
        for (var i = 0; i <= longest; i++)
        {
            if (i < longest) await exchange.PaceAsync(i);
            for (var c = 0; c < choices.Count; c++)
            {
                if (i < steps[c].Count)
                {
                    await exchange.WriteFrameAsync(FrameKind.Content, (answer, choices[c], steps[c][i]), static (json, s) => ChatJson.WriteStepChunk(json, s.answer, s.Item2, s.Item3));
                    exchange.CountTokens(steps[c][i].Tokens);
                }
                else if (i == steps[c].Count)
                {
                    await exchange.WriteFrameAsync(FrameKind.Finish, (answer, choices[c]), static (json, s) => ChatJson.WriteFinishChunk(json, s.answer, s.Item2));
                }
            }
        }

        if (answer.IncludeUsage)
            await exchange.WriteFrameAsync(FrameKind.Usage, answer, static (json, a) => ChatJson.WriteUsageChunk(json, a));
        await exchange.WriteRawFrameAsync(FrameKind.Done, OpenAIJson.Done);
        await exchange.EndStreamAsync();
    }
}
