using System.Numerics;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// Finds prompts that Ollama shortened without a word. Since 0.12.6 it does not when told not to, and the guard trusts that. Before,
/// it dropped whole messages from the front until the rest fitted, then cut what was still too long to exactly <c>num_ctx</c> tokens
/// (source: server/prompt.go and runner/ollamarunner/runner.go of 0.5–0.12.5); while generating it forgot half of the beginning
/// whenever the window was full. What can be seen of that afterwards are the counts:
/// <list type="bullet">
/// <item>the prompt fills the window, or prompt and answer together are more than it holds;</item>
/// <item>far fewer tokens were read than the text can be made of.</item>
/// </list>
/// <c>prompt_eval_count</c> includes what came from the prompt cache since 0.4; older servers left that out, so that for them the
/// second sign proves nothing and is not used.
/// </summary>
/// <param name="operation">Decides which parameter is named.</param>
/// <param name="textBytes">Lower bound of the bytes of text in the prompt.</param>
/// <param name="numCtx">The context window in tokens, where known.</param>
/// <param name="version">The server's version, where known.</param>
internal sealed class ContextGuard(Operation operation, long textBytes, int? numCtx, Version? version)
{
    /// <summary>The first version that refuses a prompt that is too long (ollama/ollama#12582).</summary>
    private static readonly Version Refuses = new(0, 12, 6);

    /// <summary>The first version whose prompt count includes cached tokens.</summary>
    private static readonly Version CountsCached = new(0, 4, 0);

    /// <summary>No tokeniser of a model makes fewer tokens of ordinary text; long runs of one character are the exception.</summary>
    private const int MostBytesPerToken = 8;

    /// <summary>Windows that nobody configured are powers of two from here on.</summary>
    private const int SmallestDefaultWindow = 2048;

    /// <summary>The server itself refuses prompts that are too long.</summary>
    public static bool IsTrusted(Version? version) => version >= Refuses;

    /// <summary>Before the call: a prompt that cannot fit.</summary>
    public GatewayError? CheckRequest() =>
        !IsTrusted(version) && numCtx is { } window && textBytes / MostBytesPerToken > window
            ? Exceeded($"The prompt has {textBytes} bytes of text, which cannot fit into the model's context window of {window} tokens.")
            : null;

    /// <summary>After the call: an answer to less than the prompt.</summary>
    public GatewayError? Check(in OllamaMetrics metrics)
    {
        if (IsTrusted(version) || metrics.PromptTokens is not > 0)
        {
            return null;
        }

        var prompt = metrics.PromptTokens.Value;
        var isFull = numCtx is { } window
            ? prompt >= window || prompt + (metrics.CompletionTokens ?? 0) > window
            : prompt >= SmallestDefaultWindow && BitOperations.IsPow2(prompt);
        var isTooFew = textBytes / MostBytesPerToken > prompt && !(version < CountsCached);
        return isFull || isTooFew
            ? Exceeded($"The prompt is longer than the model's context window: Ollama read only {prompt} tokens of it.")
            : null;
    }

    private GatewayError Exceeded(string message) => OllamaErrors.ContextExceeded(operation, message);
}
