namespace LlmGateway.Providers.Http;

/// <summary>
/// What servers say in an error whose status alone misleads. Each word is a stretch of the message. The tables here hold for every dialect,
/// because servers of one pass on what those of another have said; a dialect has further words of its own.
/// </summary>
internal sealed record ErrorWords
{
    public static readonly ErrorWords None = new();

    /// <summary>Prompt and answer do not fit into the model's context window, in every provider's words.</summary>
    private static readonly string[] TooLong =
    [
        // OpenAI, vLLM from 0.4 to 0.15 (its issues 20409 and 33418), DeepSeek, OpenRouter, llama-cpp-python's second form.
        "maximum context length is",
        // OpenAI's newer models.
        "exceeds the context window of this model", "exceeds the context window",
        // vLLM with several modalities (its issue 12165), and where the tokens are given.
        "too long to fit into the model", "longer than the maximum model length",
        // xAI.
        "maximum prompt length is",
        // SGLang and llama.cpp.
        "longer than the model's context length", "exceeds the available context size",
        // Ollama (runner/*/runner.go 0.12.6-0.20, server/routes.go, llm/llama_server.go and x/mlxrunner/pipeline.go 0.33).
        "exceeds the context length", "exceeds maximum context length", "exceeds the model's maximum context length", "longer than the context length",
        // Anthropic, alone or together with max_tokens; also Fireworks and Perplexity.
        "prompt is too long", "exceed context limit", "exceeds the maximum context",
        // Bedrock and the models behind it.
        "input is too long", "too many input tokens", "exceeds the model's context", "maximum number of input tokens",
        // Gemini: "The input token count (…) exceeds the maximum number of tokens allowed (…)."
        "exceeds the maximum number of tokens",
        // Mistral: "Prompt contains … tokens and 0 draft tokens, too large for model with … maximum context length".
        "too large for model with",
        // Together and Hugging Face's text-generation-inference and text-embeddings-inference.
        "`inputs` tokens + `max_new_tokens` must be", "`inputs` must have less than",
        // LM Studio.
        "when context the overflows", "loaded with context length of only", "from the initial prompt is greater than the context length",
        // llama-cpp-python: "Requested tokens (…) exceed context window of …".
        "exceed context window",
        // Groq and Cerebras.
        "reduce the length of the messages", "reduce the length of your prompt",
        // Cohere: "too many tokens: total number of tokens in the prompt cannot exceed …".
        "number of tokens in the prompt cannot exceed",
        // Moonshot, Zhipu, DashScope (Qwen), MiniMax.
        "exceeded model token limit", "Prompt exceeds max length", "Range of input length should be", "context window exceeds limit",
    ];

    /// <summary>The key is refused, whatever the status.</summary>
    private static readonly string[] KeyRefusals =
    [
        // Gemini, with status 400.
        "API key not valid", "API key expired", "API Key not found",
        // OpenAI and xAI.
        "Incorrect API key provided",
        // Anthropic.
        "invalid x-api-key",
        // Groq, Mistral, Together.
        "Invalid API Key",
    ];

    /// <summary>Codes, types and reasons in an error document that say that the key is refused, or its account cannot pay.</summary>
    private static readonly string[] KeyCodes =
    [
        // OpenAI.
        "invalid_api_key", "insufficient_quota", "account_deactivated", "billing_not_active",
        // Anthropic, and servers that speak like it.
        "authentication_error", "billing_error",
        // Gemini (google.rpc.ErrorInfo, reason).
        "API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED",
        // Others in the field.
        "invalid_authentication_error", "invalid_authentication",
    ];

    /// <summary>The dialect's servers say so when the key is refused or has no money left, though the status is no 401, 402 or 403.</summary>
    public string[] KeyRefused { get; init; } = [];

    /// <summary>The content of the request is refused, not the key, though the status may be 403.</summary>
    public string[] ContentRefused { get; init; } = [];

    /// <summary>The key is refused, as the message, the code, the type or the reason says.</summary>
    public bool RefuseKey(in ToldError told) =>
        IsAny(KeyRefused, told.Message) || IsAny(KeyRefusals, told.Message)
        || Array.Exists(KeyCodes, told.IsCalled);

    /// <summary>The request does not fit into the model's context window.</summary>
    public static bool SayTooLong(string? message) => IsAny(TooLong, message) || (message is not null && SoundsTooLong(message));

    public static bool IsAny(string[] words, string? message)
    {
        if (message is not null)
        {
            foreach (var word in words)
            {
                if (message.Contains(word, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// A server that is not in the table says it with the same three things: what is too long, that it is, and by what measure. A field that is
    /// out of its own range is something else.
    /// </summary>
    private static bool SoundsTooLong(string message) =>
        IsAny(["prompt", "input", "context", "messages", "conversation", "sequence", "requested tokens"], message)
        && IsAny(["too long", "exceed", "too large", "too many tokens", "longer than", "larger than", "greater than", "overflow"], message)
        && IsAny(["tokens", "token count", "token limit", "context length", "context window", "context size", "context limit", "sequence length"], message)
        && !IsAny(
            ["max_tokens", "max_completion_tokens", "max_output_tokens", "per minute", "per day", "rate limit", "quota", "image", "audio", "tools", "characters", "thinking", "budget_tokens", "logprobs"],
            message);
}
