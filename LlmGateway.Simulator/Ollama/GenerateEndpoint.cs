using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>POST /api/generate. Without a prompt it loads the model, or with <c>keep_alive</c> 0 unloads it.</summary>
internal static class GenerateEndpoint
{
    public static async Task HandleAsync(Exchange exchange)
    {
        // :: Step 1: What is asked
        var clock = new OllamaClock(exchange);
        var body = exchange.ParseBody();
        var model = OllamaFields.FindModel(exchange, body, missing: 404);
        var requested = body.String("model")!;
        var keepAlive = OllamaFields.ReadKeepAlive(body);
        var prompt = body.String("prompt") ?? "";
        if (prompt.Length == 0 && keepAlive == TimeSpan.Zero)
        {
            exchange.Catalog.Find(model.Name)?.Unload();
            await OllamaAnswering.WriteEmptyAsync(exchange, false, requested, "unload");
            return;
        }

        var raw = body.Boolean("raw") ?? false;
        var system = body.String("system") ?? "";
        if (raw && (system.Length > 0 || !string.IsNullOrEmpty(body.String("template")) || body.Array("context") is { } context && context.GetArrayLength() > 0))
            throw OllamaFields.Refused(400, "raw mode does not support template, system, or context");
        if (!model.Can(ModelCapabilities.Completion)) throw OllamaFields.Refused(400, $"\"{requested}\" does not support generate");
        if (!string.IsNullOrEmpty(body.String("suffix")) && !model.Can(ModelCapabilities.Insert))
            throw OllamaFields.Refused(400, $"registry.ollama.ai/library/{OllamaFields.FullName(model.Name)} does not support insert");
        var images = OllamaFields.CountImages(body);
        if (images > 0 && !model.Can(ModelCapabilities.Vision))
            throw OllamaFields.Refused(500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj");
        var thinks = OllamaFields.ReadThink(body, model, requested);
        var user = new ChatMessage(MessageRole.User, prompt) { ImageCount = images };
        var request = SamplingFields.Read(body, system.Length > 0 ? [new ChatMessage(MessageRole.System, system), user] : [user]) with { RawPrompt = raw };
        var window = SamplingFields.ReadWindow(exchange, body, model);

        // :: Step 2: A slot on the model; faults that replace the answer happen here
        using var lease = await exchange.BeginAsync(requested, ModelCapabilities.None, keepAlive);
        clock.Loaded(lease);
        if (prompt.Length == 0)
        {
            await OllamaAnswering.WriteEmptyAsync(exchange, false, exchange.RequestedModel, "load");
            return;
        }

        // :: Step 3: The answer at the model's pace
        var answer = OllamaAnswer.Make(exchange, request, window, isChat: false, thinks && !raw, withContext: !raw);
        await OllamaAnswering.GiveAsync(exchange, answer, clock, body.Boolean("stream") ?? true);
    }
}
