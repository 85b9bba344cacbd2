using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.OpenAI;

/// <summary>
/// What sets one server of OpenAI's protocol apart from another. Everything here is data: the passthrough itself is the same for all.
/// </summary>
/// <param name="Types">Values of the configuration's <c>Type</c>; the first is the name, the others mean the same.</param>
internal sealed record OpenAIProfile(params string[] Types)
{
    /// <summary>OpenAI itself, and every server that is none of the others.</summary>
    public static readonly OpenAIProfile OpenAI = new("openai")
    {
        BaseUrl = "https://api.openai.com/v1",
        // Reasoning models refuse the old name (source: OpenAI's API reference, "max_tokens … is not compatible with o-series models").
        Renames = [new FieldRename("max_tokens", "max_completion_tokens", ["o1", "o3", "o4", "gpt-5"])],
    };

    /// <summary>vLLM, which tells the context window of each model (source: vllm-project/vllm, entrypoints/openai, class ModelCard).</summary>
    public static readonly OpenAIProfile VLlm = new("vllm")
    {
        IsLocal = true,
        ContextLengthField = "max_model_len",
    };

    /// <summary>
    /// xAI. Errors are <c>{"code":"a sentence","error":"another"}</c>; the status of a wrong key is 400, of an empty account 429, and of
    /// content that is refused 403.
    /// </summary>
    public static readonly OpenAIProfile Grok = new("grok", "xai")
    {
        BaseUrl = "https://api.x.ai/v1",
        Words = new ErrorWords
        {
            KeyRefused = ["used all available credits", "doesn't have any credits"],
            ContentRefused = ["violates usage guidelines"],
        },
    };

    public static readonly IReadOnlyList<OpenAIProfile> All = [OpenAI, VLlm, Grok];

    /// <summary>These servers run on the operator's own machines.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The dialect's name.</summary>
    public string Type => Types[0];

    /// <summary>Where the server is when the configuration does not say; null when it may be anywhere.</summary>
    public string? BaseUrl { get; private init; }

    /// <summary>What the list of models calls a model's context window in tokens; null when it does not tell.</summary>
    public string? ContextLengthField { get; private init; }

    /// <summary>Request fields that some models know by another name.</summary>
    public FieldRename[] Renames { get; private init; } = [];

    public ErrorWords Words { get; private init; } = ErrorWords.None;
}

/// <summary>A request field that some models know by another name.</summary>
/// <param name="Field">Its name in the request.</param>
/// <param name="To">Its name at the provider.</param>
/// <param name="Families">Beginnings of the models' names at the provider, each a whole word: <c>o3</c> is <c>o3-mini</c> too.</param>
internal sealed record FieldRename(string Field, string To, string[] Families)
{
    public bool Concerns(string model)
    {
        // Fine-tuned models are called ft:base:owner.
        var name = model.StartsWith("ft:", StringComparison.Ordinal) ? model.AsSpan(3) : model;
        foreach (var family in Families)
        {
            if (name.StartsWith(family, StringComparison.Ordinal) && (name.Length == family.Length || !char.IsAsciiLetterOrDigit(name[family.Length])))
            {
                return true;
            }
        }

        return false;
    }
}
