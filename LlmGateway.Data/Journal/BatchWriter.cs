using System.Threading.Channels;
using LlmGateway.Contracts.Failures;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LlmGateway.Data.Journal;

/// <summary>
/// Gathers rows into batches and writes them. A batch that the database does not take in time goes to the journal, and so
/// do all that follow, without asking, until a replay of the journal has succeeded. So a database that is dead or frozen
/// costs one <see cref="BatchWriterOptions.WriteTimeout"/>, not one per batch.
/// </summary>
internal sealed partial class BatchWriter<T> : BackgroundService, IRecordWriter<T>
{
    private readonly IBatchTable<T> _live;
    private readonly IBatchTable<T> _replay;
    private readonly BatchWriterOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<T> _channel;
    private readonly JournalFiles<T> _journal;
    private readonly JournalFiles<T> _rejected;
    private volatile bool _away;
    private long _lost;

    /// <param name="table">Called twice: new rows and replayed ones are written side by side, each over a connection of its own.</param>
    public BatchWriter(Func<IBatchTable<T>> table, IOptions<BatchWriterOptions> options, TimeProvider time, ILogger<BatchWriter<T>> logger)
    {
        _live = table();
        _replay = table();
        _options = options.Value;
        _time = time;
        _logger = logger;
        _channel = Channel.CreateBounded<T>(new BoundedChannelOptions(_options.Capacity) { SingleReader = true });
        _journal = new JournalFiles<T>(_options.JournalPath, _live.Name, _live.Json, _options.MaxJournalBytes, time);
        _rejected = new JournalFiles<T>(
            Path.Combine(_options.JournalPath, "rejected"), _live.Name, _live.Json, _options.MaxJournalBytes, time);
    }

    /// <summary>The last write failed, and rows go to the journal.</summary>
    public bool Away => _away;

    /// <summary>Bytes that wait on disk.</summary>
    public long JournalBytes => _journal.Bytes;

    /// <summary>Rows lost since the start, because the journal was full or the disk refused.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public void Write(T row)
    {
        if (!_channel.Writer.TryWrite(row))
        {
            // Full, or the host is stopping. Not through to the disk: a request waits for this.
            Journal([row], toDisk: false);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _channel.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        if (ExecuteTask is null or { IsCompleted: true })
        {
            // Here and not at the end of the loop: a host that stops at once never starts the loop.
            await DrainAsync();
        }

        _journal.Dispose();
        _rejected.Dispose();
        foreach (var table in new[] { _live, _replay }.OfType<IAsyncDisposable>())
        {
            await table.DisposeAsync();
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Task.Run(() => WriteLoopAsync(stoppingToken), CancellationToken.None), Task.Run(() => ReplayLoopAsync(stoppingToken), CancellationToken.None));

    private async Task WriteLoopAsync(CancellationToken stoppingToken)
    {
        var batch = new List<T>(_options.BatchSize);
        try
        {
            while (await _channel.Reader.WaitToReadAsync(stoppingToken))
            {
                await GatherAsync(batch, stoppingToken);
                await WriteOrJournalAsync(batch);
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Gathered, but not written yet. What is still in the channel is written by StopAsync.
            await WriteOrJournalAsync(batch);
        }
    }

    private async Task DrainAsync()
    {
        var batch = new List<T>(_options.BatchSize);
        while (_channel.Reader.TryPeek(out _))
        {
            Take(batch);
            await WriteOrJournalAsync(batch);
            batch.Clear();
        }
    }

    /// <summary>Fills the batch until it is full or the flush interval has passed.</summary>
    private async Task GatherAsync(List<T> batch, CancellationToken stoppingToken)
    {
        Take(batch);
        if (batch.Count < _options.BatchSize && _options.FlushInterval > TimeSpan.Zero)
        {
            await Task.Delay(_options.FlushInterval, _time, stoppingToken);
            Take(batch);
        }
    }

    private void Take(List<T> batch)
    {
        while (batch.Count < _options.BatchSize && _channel.Reader.TryRead(out var row))
        {
            batch.Add(row);
        }
    }

    private async Task WriteOrJournalAsync(List<T> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        if (!_away)
        {
            try
            {
                await WriteSiftedAsync(_live, batch);
                WriterMetrics.Count(_live.Name, WriterMetrics.Written, batch.Count);
                return;
            }
            catch (Exception exception) when (!IsAboutTheRows(exception))
            {
                _away = true;
                if (!Defects.Note(_logger, exception))
                {
                    WentAway(_live.Name, exception.Message);
                }
            }
        }

        Journal(batch, toDisk: true);
    }

    /// <summary>Writes a batch; when the database objects to the rows themselves, all but those it objects to.</summary>
    private async Task WriteSiftedAsync(IBatchTable<T> table, IReadOnlyList<T> rows)
    {
        using var limit = new CancellationTokenSource(_options.WriteTimeout, _time);
        try
        {
            await table.WriteAsync(rows, limit.Token);
        }
        catch (Exception exception) when (IsAboutTheRows(exception))
        {
            if (rows.Count == 1)
            {
                Refused(table.Name, exception.Message, _options.JournalPath);
                WriterMetrics.Count(table.Name, WriterMetrics.Rejected, 1);
                _rejected.Append(rows, toDisk: true);
                return;
            }

            var half = rows.Count / 2;
            await WriteSiftedAsync(table, rows.Take(half).ToList());
            await WriteSiftedAsync(table, rows.Skip(half).ToList());
        }
    }

    private async Task ReplayLoopAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.RetryInterval, _time);
        try
        {
            do
            {
                await ReplayAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The journal stays for the next start.
        }
    }

    private async Task ReplayAsync(CancellationToken stoppingToken)
    {
        try
        {
            var rows = _journal.Bytes == 0
                ? 0
                : await _journal.ReplayAsync(
                    _options.BatchSize,
                    batch => WriteSiftedAsync(_replay, batch),
                    (path, lines) => Unreadable(lines, path),
                    stoppingToken);
            if (rows > 0)
            {
                Replayed(rows, _replay.Name);
                WriterMetrics.Count(_replay.Name, WriterMetrics.Replayed, rows);
            }

            _away = false;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            _away = true;
            if (!Defects.Note(_logger, exception))
            {
                StillAway(_replay.Name, exception.Message);
            }
        }
    }

    private void Journal(IReadOnlyList<T> rows, bool toDisk)
    {
        var kept = 0;
        try
        {
            kept = _journal.Append(rows, toDisk);
            WriterMetrics.Count(_live.Name, WriterMetrics.Journaled, kept);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            JournalRefused(exception, _live.Name, _options.JournalPath);
        }

        if (kept < rows.Count)
        {
            Interlocked.Add(ref _lost, rows.Count - kept);
            WriterMetrics.Count(_live.Name, WriterMetrics.Lost, rows.Count - kept);
            RowsLost(rows.Count - kept, _live.Name, _options.JournalPath);
        }
    }

    /// <summary>
    /// Whether another attempt with the same rows would fail in the same way: the server calls them wrong (classes 22 and
    /// 23 of its error codes), or they could not even be encoded. Anything else is the database's absence.
    /// </summary>
    private static bool IsAboutTheRows(Exception exception) => exception switch
    {
        PostgresException refused => refused.SqlState.StartsWith("22", StringComparison.Ordinal) || refused.SqlState.StartsWith("23", StringComparison.Ordinal),
        InvalidCastException or ArgumentException or OverflowException => true,
        _ => false,
    };

    [LoggerMessage(LogLevel.Warning, "The database takes no {Table} rows ({Reason}); they go to the journal until it does")]
    private partial void WentAway(string table, string reason);

    [LoggerMessage(LogLevel.Debug, "The database still takes no {Table} rows: {Reason}")]
    private partial void StillAway(string table, string reason);

    [LoggerMessage(LogLevel.Information, "Replayed {Count} {Table} rows from the journal")]
    private partial void Replayed(int count, string table);

    [LoggerMessage(LogLevel.Error, "The database refuses a row of {Table} for good ({Reason}); it is kept under {Directory}/rejected")]
    private partial void Refused(string table, string reason, string directory);

    [LoggerMessage(LogLevel.Error, "{Lines} lines of a journal could not be read; they are kept in {Path}")]
    private partial void Unreadable(int lines, string path);

    [LoggerMessage(LogLevel.Critical, "The journal of {Table} cannot be written in {Directory}")]
    private partial void JournalRefused(Exception exception, string table, string directory);

    [LoggerMessage(LogLevel.Critical, "{Count} rows of {Table} are lost: the journal in {Directory} is full or cannot be written")]
    private partial void RowsLost(int count, string table, string directory);
}
