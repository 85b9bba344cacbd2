using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>POST /api/chat. Without messages it loads the model, or with <c>keep_alive</c> 0 unloads it.</summary>
internal static class ChatEndpoint
{
    public static async Task HandleAsync(Exchange exchange)
    {
        // :: Step 1: What is asked
        var clock = new OllamaClock(exchange);
        var body = exchange.ParseBody();
        var model = OllamaFields.FindModel(exchange, body);
        var requested = body.String("model")!;
        var keepAlive = OllamaFields.ReadKeepAlive(body);
        var messages = OllamaChatRequest.ReadMessages(body);
        var tools = OllamaChatRequest.ReadTools(body);
        if (messages.Count == 0 && keepAlive == TimeSpan.Zero)
        {
            exchange.Catalog.Find(model.Name)?.Unload();
            await OllamaAnswering.WriteEmptyAsync(exchange, true, requested, "unload");
            return;
        }

        if (!model.Can(ModelCapabilities.Completion)) throw OllamaFields.Refused(400, $"\"{requested}\" does not support chat");
        if (tools.Count > 0 && !model.Can(ModelCapabilities.Tools))
            throw OllamaFields.Refused(400, $"registry.ollama.ai/library/{OllamaFields.FullName(model.Name)} does not support tools");
        if (messages.Exists(m => m.ImageCount > 0) && !model.Can(ModelCapabilities.Vision))
            throw OllamaFields.Refused(500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj");
        var thinks = OllamaFields.ReadThink(body, model, requested);
        var request = SamplingFields.Read(body, messages) with { Tools = tools };
        var window = SamplingFields.ReadWindow(exchange, body, model);

        // :: Step 2: A slot on the model; faults that replace the answer happen here
        using var lease = await exchange.BeginAsync(requested, ModelCapabilities.None, keepAlive);
        clock.Loaded(lease);
        if (messages.Count == 0)
        {
            await OllamaAnswering.WriteEmptyAsync(exchange, true, exchange.RequestedModel, "load");
            return;
        }

        // :: Step 3: The answer at the model's pace
        var answer = OllamaAnswer.Make(exchange, request, window, isChat: true, thinks, withContext: false);
        await OllamaAnswering.GiveAsync(exchange, answer, clock, body.Boolean("stream") ?? true);
    }
}
