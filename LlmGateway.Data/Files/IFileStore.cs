using LlmGateway.Data.Jobs;

namespace LlmGateway.Data.Files;

/// <summary>
/// Files of the files API, written and read in pieces. Two that write a file of the same id at once get in each other's way: one at most
/// completes it, and each piece is there once; whose it is only matters where they do not write the same. A store that does not answer throws <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IFileStore
{
    /// <summary>Begins a file; nobody sees it before <see cref="CompleteAsync"/>. One of the same id that was never completed is begun anew.</summary>
    /// <exception cref="FileLostException">It was completed already.</exception>
    Task BeginAsync(StoredFile file, CancellationToken cancellationToken);

    /// <summary>Adds the next piece.</summary>
    /// <param name="id">The file.</param>
    /// <param name="ordinal">From 0, without gaps.</param>
    /// <param name="content">Its bytes; not kept.</param>
    /// <exception cref="FileLostException">It does not follow the piece before: the file was deleted, completed or begun anew meanwhile.</exception>
    /// <exception cref="FileSpaceException">There is no room for it.</exception>
    Task AppendAsync(string id, int ordinal, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Says of a file that was begun and not completed what was not known then.</summary>
    Task DescribeAsync(string id, string purpose, DateTimeOffset? expiresAt, CancellationToken cancellationToken);

    /// <summary>The file is whole and is shown from now on. Calling it again changes nothing.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="FileLostException">It is gone, or its pieces are not <paramref name="bytes"/> together.</exception>
    Task<StoredFile> CompleteAsync(string id, long bytes, CancellationToken cancellationToken);

    /// <summary>Gives up a file that was begun and not completed, or deletes one.</summary>
    /// <returns>False when there is none, or not of this key.</returns>
    Task<bool> DeleteAsync(string id, string? apiKeyId, CancellationToken cancellationToken);

    /// <summary>A whole file without its content; null when there is none, or not of this key.</summary>
    /// <param name="id">The file.</param>
    /// <param name="apiKeyId">Whose it must be; null finds everybody's.</param>
    Task<StoredFile?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken);

    /// <summary>Whole files of one key, newest first.</summary>
    /// <param name="apiKeyId">Whose.</param>
    /// <param name="purpose">Only of this purpose; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="after">The id of the last file of the page before; null for the first page.</param>
    Task<IReadOnlyList<StoredFile>> ListAsync(string? apiKeyId, string? purpose, int limit, string? after, CancellationToken cancellationToken);

    /// <summary>A piece of the content; null behind the last.</summary>
    Task<byte[]?> ReadAsync(string id, int ordinal, CancellationToken cancellationToken);

    /// <summary>Bytes that the files of a key take, with those that have come of files that are still being written.</summary>
    Task<long> TotalBytesAsync(string? apiKeyId, CancellationToken cancellationToken);

    /// <summary>Deletes files that have expired, and files that were begun longer ago than <paramref name="abandonedAfter"/> and never completed.</summary>
    /// <returns>How many.</returns>
    Task<int> DeleteExpiredAsync(TimeSpan abandonedAfter, int limit, CancellationToken cancellationToken);
}
