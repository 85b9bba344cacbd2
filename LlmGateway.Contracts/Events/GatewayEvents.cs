namespace LlmGateway.Contracts.Events;

/// <summary>Names of the events on the bus: each is the name of an exchange, and of the message's type.</summary>
public static class EventNames
{
    public const string RequestStarted = "llm.request.started";
    public const string RequestCompleted = "llm.request.completed";
    public const string RequestFailed = "llm.request.failed";
    public const string ModelLoaded = "llm.model.loaded";
    public const string ModelUnloaded = "llm.model.unloaded";

    // :: Published by others, consumed here
    public const string UserDeleted = "user.deleted";
    public const string UserRoleChanged = "user.role.changed";
}

/// <summary>A request has been accepted: authenticated and valid.</summary>
public sealed record RequestStarted
{
    public required string RequestId { get; init; }

    /// <summary><c>chat</c>, <c>text_completion</c> or <c>embeddings</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The model as the client named it.</summary>
    public required string Model { get; init; }

    /// <summary>Name or id of the API key; never the key itself.</summary>
    public required string KeyId { get; init; }

    public required bool Stream { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A request was answered whole.</summary>
public sealed record RequestCompleted
{
    public required string RequestId { get; init; }

    public required string Operation { get; init; }

    public required string Model { get; init; }

    public required string KeyId { get; init; }

    /// <summary>The provider that answered.</summary>
    public string? Provider { get; init; }

    /// <summary>The model as that provider knows it.</summary>
    public string? UpstreamModel { get; init; }

    public long PromptTokens { get; init; }

    public long CompletionTokens { get; init; }

    public string? FinishReason { get; init; }

    /// <summary>From the request's arrival to the answer's last byte, in milliseconds.</summary>
    public required double DurationMs { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A request ended without a whole answer.</summary>
public sealed record RequestFailed
{
    public required string RequestId { get; init; }

    public required string Operation { get; init; }

    public required string Model { get; init; }

    public required string KeyId { get; init; }

    /// <summary>The provider that was called last; null when none was.</summary>
    public string? Provider { get; init; }

    /// <summary>What happened: one of the error codes of <c>docs/api.md</c>.</summary>
    public required string Error { get; init; }

    public required double DurationMs { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A node has a model in memory that it did not have before.</summary>
public sealed record ModelLoaded
{
    public required string Node { get; init; }

    public required string Model { get; init; }

    /// <summary>Bytes of GPU memory it takes.</summary>
    public long VramBytes { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A node no longer has a model in memory.</summary>
public sealed record ModelUnloaded
{
    public required string Node { get; init; }

    public required string Model { get; init; }

    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A user is gone from the platform. Published by others, also as plain JSON.</summary>
public sealed record UserDeleted
{
    public required string UserId { get; init; }
}

/// <summary>A user's roles are others now. Published by others, also as plain JSON.</summary>
public sealed record UserRoleChanged
{
    public required string UserId { get; init; }

    /// <summary>The new role, where there is one; with <see cref="Roles"/> the two together.</summary>
    public string? Role { get; init; }

    public IReadOnlyList<string>? Roles { get; init; }
}
