using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Data.Files;

/// <summary>Files in this process's memory, up to a bound for all of them together. They end with the process.</summary>
internal sealed class InMemoryFileStore(InMemoryJobs rows, IOptions<FilesOptions> options) : IFileStore
{
    private readonly Dictionary<string, Entry> _files = new(StringComparer.Ordinal);
    private long _held;

    public Task BeginAsync(StoredFile file, CancellationToken cancellationToken) => Do(
        () =>
        {
            if (_files.TryGetValue(file.Id, out var there))
            {
                if (there.File.UploadedAt is not null)
                {
                    throw new FileLostException($"File '{file.Id}' has been completed already.");
                }

                _held -= there.Bytes;
            }

            _files[file.Id] = new Entry(Copy(file, file.Purpose, file.ExpiresAt));
            return true;
        },
        cancellationToken);

    public Task AppendAsync(string id, int ordinal, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => Do(
        () =>
        {
            if (!_files.TryGetValue(id, out var entry) || entry.File.UploadedAt is not null || entry.Pieces.Count != ordinal)
            {
                throw new FileLostException($"Piece {ordinal} of file '{id}' was not taken: the file was deleted, completed or begun anew meanwhile.");
            }

            var bound = options.Value.MaxMemoryBytes;
            if (content.Length > bound - _held)
            {
                throw new FileSpaceException($"Files are kept in memory, {bound} bytes at most for all of them together (Files:MaxMemoryBytes).");
            }

            entry.Pieces.Add(content.ToArray());
            entry.Bytes += content.Length;
            _held += content.Length;
            return true;
        },
        cancellationToken);

    public Task DescribeAsync(string id, string purpose, DateTimeOffset? expiresAt, CancellationToken cancellationToken) => Do(
        () =>
        {
            if (!_files.TryGetValue(id, out var entry) || entry.File.UploadedAt is not null)
            {
                throw new FileLostException($"File '{id}' was deleted or completed meanwhile.");
            }

            entry.File = Copy(entry.File, purpose, expiresAt);
            return true;
        },
        cancellationToken);

    public Task<StoredFile> CompleteAsync(string id, long bytes, CancellationToken cancellationToken) => Do(
        () =>
        {
            if (!_files.TryGetValue(id, out var entry) || entry.Bytes != bytes)
            {
                throw new FileLostException($"File '{id}' is not there any more, or does not hold {bytes} bytes.");
            }

            entry.File.Bytes = bytes;
            entry.File.UploadedAt ??= rows.Now;
            return Copy(entry.File);
        },
        cancellationToken);

    public Task<bool> DeleteAsync(string id, string? apiKeyId, CancellationToken cancellationToken) => Do(
        () => _files.TryGetValue(id, out var entry) && (apiKeyId is null || entry.File.ApiKeyId == apiKeyId) && Remove(id, entry),
        cancellationToken);

    public Task<StoredFile?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken) => Do(
        () => _files.TryGetValue(id, out var entry) && IsVisible(entry.File) && (apiKeyId is null || entry.File.ApiKeyId == apiKeyId) ? Copy(entry.File) : null,
        cancellationToken);

    public Task<IReadOnlyList<StoredFile>> ListAsync(string? apiKeyId, string? purpose, int limit, string? after, CancellationToken cancellationToken) => Do<IReadOnlyList<StoredFile>>(
        () =>
        {
            var files = _files.Values.Select(entry => entry.File).Where(file => file.ApiKeyId == apiKeyId && IsVisible(file));
            if (after is not null)
            {
                if (!_files.TryGetValue(after, out var last) || last.File.ApiKeyId != apiKeyId)
                {
                    return [];
                }

                files = files.Where(file => Order(file, last.File) > 0);
            }

            return
            [
                .. files.Where(file => purpose is null || file.Purpose == purpose).Order(Comparer<StoredFile>.Create(Order)).Take(limit).Select(Copy),
            ];
        },
        cancellationToken);

    public Task<byte[]?> ReadAsync(string id, int ordinal, CancellationToken cancellationToken) => Do(
        // Not a copy: a piece is never changed once it is there, and what is read may be large.
        () => _files.TryGetValue(id, out var entry) && entry.File.UploadedAt is not null && ordinal >= 0 && ordinal < entry.Pieces.Count ? entry.Pieces[ordinal] : null,
        cancellationToken);

    public Task<long> TotalBytesAsync(string? apiKeyId, CancellationToken cancellationToken) => Do(
        () => _files.Values.Where(entry => entry.File.ApiKeyId == apiKeyId && !IsExpired(entry.File)).Sum(entry => entry.Bytes),
        cancellationToken);

    public Task<int> DeleteExpiredAsync(TimeSpan abandonedAfter, int limit, CancellationToken cancellationToken) => Do(
        () =>
        {
            var now = rows.Now;
            var due = _files.Where(file => file.Value.File is var f && (f.ExpiresAt <= now || (f.UploadedAt is null && f.CreatedAt < now - abandonedAfter)))
                .Take(limit).ToList();
            due.ForEach(file => Remove(file.Key, file.Value));
            return due.Count;
        },
        cancellationToken);

    private bool Remove(string id, Entry entry)
    {
        _held -= entry.Bytes;
        return _files.Remove(id);
    }

    private bool IsVisible(StoredFile file) => file.UploadedAt is not null && !IsExpired(file);

    private bool IsExpired(StoredFile file) => file.ExpiresAt <= rows.Now;

    /// <summary>Newest first.</summary>
    private static int Order(StoredFile one, StoredFile other) =>
        other.CreatedAt.CompareTo(one.CreatedAt) is not 0 and var byTime ? byTime : string.CompareOrdinal(other.Id, one.Id);

    private static StoredFile Copy(StoredFile file)
    {
        var copy = Copy(file, file.Purpose, file.ExpiresAt);
        copy.Bytes = file.Bytes;
        copy.UploadedAt = file.UploadedAt;
        return copy;
    }

    /// <summary>Without content yet.</summary>
    private static StoredFile Copy(StoredFile file, string purpose, DateTimeOffset? expiresAt) => new()
    {
        Id = file.Id,
        ApiKeyId = file.ApiKeyId,
        Owner = file.Owner,
        Filename = file.Filename,
        Purpose = purpose,
        CreatedAt = file.CreatedAt,
        ExpiresAt = expiresAt,
    };

    private Task<T> Do<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        try
        {
            lock (rows.Gate)
            {
                return Task.FromResult(work());
            }
        }
        catch (Exception e) when (e is FileLostException or FileSpaceException)
        {
            return Task.FromException<T>(e);
        }
    }

    private sealed class Entry(StoredFile file)
    {
        public StoredFile File { get; set; } = file;

        public List<byte[]> Pieces { get; } = [];

        public long Bytes { get; set; }
    }
}
