using System.Globalization;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Models;
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

    /// <summary>Thoughts are part of what is generated and count against its limit.</summary>
    private static MessagesAnswer MakeAnswer(Exchange exchange, MessagesRequest request)
    {
        var generation = request.Generation with { Model = exchange.Model.Name };
        var prompt = GenerationEngine.CountPrompt(generation);
        var window = exchange.Model.ContextLength;
        if (prompt >= window) throw SimulatorException.BadRequest($"prompt is too long: {prompt} tokens > {window} maximum", "messages");
        var id = "msg_" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        var thoughts = request.Thinks && exchange.Model.Can(ModelCapabilities.Thinking) ? Thinker.Think(generation) : [];
        var room = Math.Min(generation.MaxTokens!.Value, window - prompt);
        var full = generation.MaxTokens > window - prompt ? "model_context_window_exceeded" : "max_tokens";
        if (thoughts.Count >= room)
        {
            thoughts.RemoveRange(room, thoughts.Count - room);
            return new MessagesAnswer(id, exchange.Model.Name, thoughts, new GeneratedChoice(0, [], FinishReason.Length, [], 0, null), full, null, prompt);
        }

        var limited = generation with { MaxTokens = room - thoughts.Count };
        var choice = GenerationEngine.Generate(limited, exchange.Model).Choices[0];
        var stop = choice.FinishReason == FinishReason.Stop ? FindStop(limited, choice, exchange.Model) : null;
        var reason = choice.FinishReason switch
        {
            FinishReason.ToolCalls => "tool_use",
            FinishReason.Length => full,
            _ => stop is null ? "end_turn" : "stop_sequence",
        };
        return new MessagesAnswer(id, exchange.Model.Name, thoughts, choice, reason, stop, prompt);
    }

    /// <summary>The sequence before which the answer was cut: what would have come next begins with it.</summary>
    private static string? FindStop(GenerationRequest request, GeneratedChoice choice, SimulatedModel model)
    {
        if (request.Stop.Count == 0 || choice.ToolCalls.Count > 0) return null;
        var full = GenerationEngine.Generate(request with { Stop = [], MaxTokens = null }, model).Choices[0].Text;
        return full.Length > choice.Text.Length
            ? request.Stop.FirstOrDefault(s => s.Length > 0 && string.CompareOrdinal(full, choice.Text.Length, s, 0, s.Length) == 0)
            : null;
    }

    private static async Task WriteWholeAsync(Exchange exchange, MessagesAnswer answer)
    {
        await exchange.PaceAsync(Math.Max(0, answer.OutputTokens - 1));
        exchange.CountTokens(answer.OutputTokens);
        await exchange.WriteJsonAsync(200, answer, MessagesJson.WriteMessage);
    }

    private static async Task StreamAsync(Exchange exchange, MessagesAnswer answer)
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
