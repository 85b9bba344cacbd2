using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>What <c>/api/chat</c> and <c>/api/generate</c> share: options, format, log probabilities, window.</summary>
internal static class SamplingFields
{
    public static GenerationRequest Read(JsonElement body, IReadOnlyList<ChatMessage> messages)
    {
        var top = body.Field("top_logprobs") is { ValueKind: JsonValueKind.Number } asked ? asked.GetInt32() : 0;
        if (top is < 0 or > 20) throw OllamaFields.Refused(400, "top_logprobs must be between 0 and 20");
        foreach (var name in (string[])["top_p", "min_p", "typical_p", "repeat_penalty", "presence_penalty", "frequency_penalty"])
            OllamaFields.ReadOptionNumber(body, name);
        foreach (var name in (string[])["top_k", "num_keep", "repeat_last_n", "num_batch", "num_gpu", "num_thread"])
            OllamaFields.ReadOptionInteger(body, name);
        return new GenerationRequest
        {
            Model = "",
            Messages = messages,
            ResponseFormat = OllamaFields.ReadFormat(body),
            // Negative is no limit but that of the window.
            MaxTokens = OllamaFields.ReadOptionInteger(body, "num_predict") is { } limit and >= 0 ? limit : null,
            Stop = OllamaFields.ReadStop(body),
            Seed = OllamaFields.ReadOptionInteger(body, "seed"),
            Temperature = OllamaFields.ReadOptionNumber(body, "temperature"),
            Logprobs = body.Boolean("logprobs") ?? false,
            TopLogprobs = top,
        };
    }

    public static PromptWindow ReadWindow(Exchange exchange, JsonElement body, SimulatedModel model) => PromptWindow.Read(
        OllamaFields.ReadWindow(body, model), body.Boolean("truncate"), body.Boolean("shift"), exchange.Options.OllamaVersion);
}
