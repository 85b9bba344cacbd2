namespace LlmGateway.Providers.Http;

/// <summary>What a dialect's servers say in an error whose status alone misleads. Each word is a stretch of the message.</summary>
internal sealed record ErrorWords
{
    public static readonly ErrorWords None = new();

    /// <summary>The key is refused or has no money left, though the status is no 401, 402 or 403.</summary>
    public string[] KeyRefused { get; init; } = [];

    /// <summary>The content of the request is refused, not the key, though the status may be 403.</summary>
    public string[] ContentRefused { get; init; } = [];

    /// <summary>Prompt and answer do not fit into the model's context window.</summary>
    public string[] TooLong { get; init; } = [];

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
}
