namespace LlmGateway.Data.Prompts;

/// <summary>A version of a named prompt template. A version is never changed; an edit makes the next one.</summary>
public sealed class Prompt
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required string Name { get; init; }

    /// <summary>From 1.</summary>
    public required int Version { get; init; }

    public string? Description { get; init; }

    public required string Template { get; init; }

    /// <summary>Names that the template asks for.</summary>
    public string[] Variables { get; init; } = [];

    public string[] Tags { get; init; } = [];

    /// <summary>The model it was written for; null leaves the choice to the request.</summary>
    public string? Model { get; init; }

    /// <summary>Request parameters that go with it, a JSON object.</summary>
    public string? Parameters { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string? CreatedBy { get; init; }

    /// <summary>A retired version is kept for the requests that used it.</summary>
    public DateTimeOffset? RetiredAt { get; set; }
}
