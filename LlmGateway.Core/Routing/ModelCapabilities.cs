using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Routing;

/// <summary>What a model can do, in the words of the configuration: see <see cref="CapabilityNames"/>.</summary>
[Flags]
public enum ModelCapabilities
{
    None = 0,
    Chat = 1,
    Completions = 2,
    Embeddings = 4,
    Tools = 8,

    /// <summary>Images in messages.</summary>
    Vision = 16,

    /// <summary>Answers that keep to a JSON schema.</summary>
    JsonSchema = 32,
}

/// <summary>The names of capabilities in configuration, headers and documents.</summary>
public static class CapabilityNames
{
    private static readonly (string Name, ModelCapabilities Capability)[] All =
    [
        ("chat", ModelCapabilities.Chat),
        ("completions", ModelCapabilities.Completions),
        ("embeddings", ModelCapabilities.Embeddings),
        ("tools", ModelCapabilities.Tools),
        ("vision", ModelCapabilities.Vision),
        ("json_schema", ModelCapabilities.JsonSchema),
    ];

    /// <summary>Parts of the names of models that embed, rank, speak, listen or draw.</summary>
    private static readonly string[] NotForChat = ["embed", "bge-", "minilm", "rerank", "whisper", "tts", "dall-e", "image", "moderation", "transcribe", "realtime", "sora", "audio"];

    public static IEnumerable<string> Known => All.Select(c => c.Name);

    public static bool IsKnown(string name) => All.Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Null for an empty list: nothing is known, so everything may be tried.</summary>
    public static ModelCapabilities? Read(IReadOnlyCollection<string> names) => names.Count == 0
        ? null
        : All.Where(c => names.Contains(c.Name, StringComparer.OrdinalIgnoreCase)).Aggregate(ModelCapabilities.None, (sum, c) => sum | c.Capability);

    public static IEnumerable<string> Names(ModelCapabilities capabilities) => All.Where(c => capabilities.HasFlag(c.Capability)).Select(c => c.Name);

    /// <summary>
    /// What a model of which nothing is said can probably do, by its name. Only for choosing among models that nobody asked for by name.
    /// </summary>
    public static ModelCapabilities Guess(string model)
    {
        foreach (var word in NotForChat)
        {
            if (model.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return word is "embed" or "bge-" or "minilm" ? ModelCapabilities.Embeddings : ModelCapabilities.None;
            }
        }

        return ~ModelCapabilities.Embeddings;
    }

    /// <summary>What a model must be able to do to answer this request.</summary>
    public static ModelCapabilities Needed(RequestView view)
    {
        var needed = view.Operation switch
        {
            Operation.Chat => ModelCapabilities.Chat,
            Operation.Completion => ModelCapabilities.Completions,
            _ => ModelCapabilities.Embeddings,
        };
        needed |= view.ToolCount > 0 ? ModelCapabilities.Tools : 0;
        needed |= view.HasImages ? ModelCapabilities.Vision : 0;
        return needed | (view.HasJsonSchema ? ModelCapabilities.JsonSchema : 0);
    }
}
