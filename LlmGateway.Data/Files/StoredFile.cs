namespace LlmGateway.Data.Files;

/// <summary>A file of the OpenAI files API. Its content lies in <see cref="FileChunk"/> rows, so that it is read and written in pieces.</summary>
public sealed class StoredFile
{
    /// <summary>The public id.</summary>
    public required string Id { get; init; }

    public string? ApiKeyId { get; init; }

    public string? Owner { get; init; }

    public required string Filename { get; init; }

    /// <summary><c>batch</c>, <c>batch_output</c>, …</summary>
    public required string Purpose { get; init; }

    /// <summary>Length of the content in bytes; of a file that is being written, what has come of it.</summary>
    public long Bytes { get; set; }

    /// <summary>Set when the last chunk is in; a file without it is not shown.</summary>
    public DateTimeOffset? UploadedAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public List<FileChunk> Chunks { get; } = [];
}

/// <summary>A piece of a file's content.</summary>
public sealed class FileChunk
{
    public required string FileId { get; init; }

    /// <summary>From 0.</summary>
    public required int Ordinal { get; init; }

    public required byte[] Content { get; init; }
}
