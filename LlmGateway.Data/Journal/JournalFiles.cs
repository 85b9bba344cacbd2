using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlmGateway.Data.Journal;

/// <summary>
/// Rows on disk, one JSON object a line, in numbered segments. A segment being written is locked by its process, so any
/// number of processes can share the directory, and what a dead one left is replayed by the next that looks.
/// </summary>
internal sealed class JournalFiles<T>(string directory, string name, JsonTypeInfo<T> json, long maxBytes, TimeProvider time) : IDisposable
{
    private const long SegmentBytes = 16 << 20;
    private const string Extension = ".journal";

    private static readonly byte[] NewLine = "\n"u8.ToArray();

    private readonly Lock _gate = new();
    private FileStream? _current;
    private long _bytes = -1;

    /// <summary>Bytes of all segments, as far as this process knows.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return KnownBytes();
            }
        }
    }

    /// <summary>Writes the rows to the operating system, and through to the disk if so asked. Safe to call from any thread.</summary>
    /// <returns>How many found place; the others are lost.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    public int Append(IReadOnlyList<T> rows, bool toDisk)
    {
        using var lines = new MemoryStream();
        lock (_gate)
        {
            var kept = 0;
            foreach (var row in rows)
            {
                var before = lines.Length;
                JsonSerializer.Serialize(lines, row, json);
                lines.Write(NewLine);
                if (KnownBytes() + lines.Length > maxBytes)
                {
                    lines.SetLength(before);
                    break;
                }

                kept++;
            }

            if (kept > 0)
            {
                var segment = _current ??= Open();
                lines.WriteTo(segment);
                segment.Flush(toDisk);
                _bytes += lines.Length;
                if (segment.Length >= SegmentBytes)
                {
                    CloseCurrent();
                }
            }

            return kept;
        }
    }

    /// <summary>
    /// Hands all rows on disk to <paramref name="write"/>, oldest first, in batches, and removes each segment when all of it
    /// has been written. Segments that another process is writing are left alone. An exception of
    /// <paramref name="write"/> ends the replay; the segment is tried again from its start the next time.
    /// </summary>
    /// <param name="unreadable">Told about lines that are no row: the torn end of a killed process, or a damaged disk.</param>
    /// <returns>Rows written.</returns>
    public async Task<int> ReplayAsync(
        int batchSize, Func<IReadOnlyList<T>, Task> write, Action<string, int> unreadable, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            CloseCurrent();
        }

        var written = 0;
        foreach (var path in Segments())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var segment = TryLock(path);
            if (segment is null)
            {
                continue;
            }

            await using (segment)
            {
                written += await ReplaySegmentAsync(segment, batchSize, write, unreadable);
            }

            // Another process may lock it in this moment and write it a second time, which changes nothing.
            File.Delete(path);
            lock (_gate)
            {
                _bytes = -1;
            }
        }

        return written;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            CloseCurrent();
        }
    }

    private async Task<int> ReplaySegmentAsync(
        FileStream segment, int batchSize, Func<IReadOnlyList<T>, Task> write, Action<string, int> unreadable)
    {
        var written = 0;
        var bad = 0;
        var batch = new List<T>(batchSize);
        using var reader = new StreamReader(segment, leaveOpen: true);
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (Parse(line) is { } row)
            {
                batch.Add(row);
            }
            else
            {
                bad++;
            }

            if (batch.Count == batchSize)
            {
                await write(batch);
                written += batch.Count;
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            await write(batch);
            written += batch.Count;
        }

        if (bad > 0)
        {
            // Kept for a person to look at, under a name that is not replayed.
            segment.Position = 0;
            await using var kept = File.Create(segment.Name + ".unreadable");
            await segment.CopyToAsync(kept, CancellationToken.None);
            unreadable(segment.Name + ".unreadable", bad);
        }

        return written;
    }

    private T? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, json);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(directory);
        // Sorts by time; the random part keeps processes apart.
        var stamp = time.GetUtcNow().UtcTicks.ToString("D19", CultureInfo.InvariantCulture);
        var path = Path.Combine(directory, $"{name}-{stamp}-{Guid.NewGuid():N}{Extension}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private void CloseCurrent()
    {
        _current?.Dispose();
        _current = null;
    }

    private IEnumerable<string> Segments() =>
        Directory.Exists(directory) ? Directory.GetFiles(directory, $"{name}-*{Extension}").Order(StringComparer.Ordinal) : [];

    /// <summary>Opens a segment for this process alone, or returns null when another has it or has just removed it.</summary>
    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private long KnownBytes()
    {
        if (_bytes < 0)
        {
            _bytes = Segments().Sum(path => new FileInfo(path) is { Exists: true } file ? file.Length : 0);
        }

        return _bytes;
    }
}
