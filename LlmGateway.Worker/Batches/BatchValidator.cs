using LlmGateway.Core.Protocol;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using LlmGateway.Worker.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Batches;

/// <summary>
/// Reads a batch's input file, checks every line and takes the good ones into the store, group by group. May be begun again at any time:
/// lines that are there already stay.
/// </summary>
internal sealed class BatchValidator(IBatchItems items, IFileStore files, StoreRetry retry, IOptions<BatchOptions> options)
{
    /// <summary>Mistakes that are told at most.</summary>
    private const int MaxErrors = 100;

    private const int GroupLines = 500;

    private const int GroupBytes = 4 * 1024 * 1024;

    private readonly BatchOptions _options = options.Value;

    /// <returns>How many requests there are, and what is wrong with the file; nothing when it is good.</returns>
    /// <exception cref="LeaseLostException">Somebody else has the batch.</exception>
    public async Task<(int Total, IReadOnlyList<BatchError> Errors)> RunAsync(RunningJob job, CancellationToken stop)
    {
        if (BatchEndpoints.OperationOf(job.Row.Endpoint) is not { } operation)
        {
            return (0, [new BatchError("invalid_endpoint", "The batch has no endpoint that can be used.", "endpoint")]);
        }

        var fileId = job.Row.InputFileId ?? "";
        if (await retry.RunAsync(token => files.FindAsync(fileId, job.Row.ApiKeyId, token), stop) is not { } file)
        {
            return (0, [Gone(fileId)]);
        }

        var left = file.Bytes;
        using var lines = new BatchFileLines(ReadAsync, _options.MaxLineBytes);
        var reading = new Reading(job, operation);
        while (reading.Errors.Count < MaxErrors && await lines.MoveAsync(stop))
        {
            if (!Take(lines, reading))
            {
                break;
            }

            if (reading.Group.Count >= GroupLines || reading.Bytes >= GroupBytes)
            {
                await AddAsync(reading, stop);
            }
        }

        if (lines.HasEnded && left > 0)
        {
            // Deleted meanwhile, or expired: what was read is not the whole.
            return (0, [Gone(fileId)]);
        }

        await AddAsync(reading, stop);
        if (reading.Total == 0 && reading.Errors.Count == 0)
        {
            reading.Errors.Add(new BatchError("empty_file", "The input file holds no requests.", "input_file_id"));
        }

        return (reading.Total, reading.Errors);

        async Task<byte[]?> ReadAsync(int ordinal, CancellationToken token)
        {
            var piece = await retry.RunAsync(inner => files.ReadAsync(fileId, ordinal, inner), token);
            left -= piece?.Length ?? 0;
            return piece;
        }
    }

    /// <summary>Checks the line that was read last.</summary>
    /// <returns>False when nothing behind it needs to be looked at.</returns>
    private bool Take(BatchFileLines lines, Reading reading)
    {
        if (!lines.IsTooLong && lines.Line.Span.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0)
        {
            return true;
        }

        if (++reading.Total > _options.MaxLines)
        {
            reading.Errors.Add(new BatchError("too_many_requests", $"A batch has at most {_options.MaxLines} requests.", "input_file_id"));
            return false;
        }

        if (lines.IsTooLong)
        {
            reading.Errors.Add(new BatchError("line_too_long", $"The line is longer than {_options.MaxLineBytes} bytes.", null, lines.Number));
            return true;
        }

        if (BatchLine.Read(lines.Line, lines.Number, reading.Job.Row.Endpoint!, reading.Operation, out var line) is { } error)
        {
            reading.Errors.Add(error);
            return true;
        }

        if (!reading.Ids.Add(line.CustomId))
        {
            reading.Errors.Add(Repeated(line.CustomId, lines.Number));
            return true;
        }

        reading.Bytes += line.Body.Length;
        reading.Group.Add(new JobItem
        {
            JobId = reading.Job.Row.Id,
            Line = lines.Number,
            CustomId = line.CustomId,
            Request = line.Body.ToArray(),
            RequestId = FormattableString.Invariant($"{reading.Job.Row.Id}-{lines.Number}"),
        });
        return true;
    }

    /// <summary>Takes the group in, without the lines whose custom id an earlier line has.</summary>
    private async Task AddAsync(Reading reading, CancellationToken stop)
    {
        while (reading.Group.Count > 0)
        {
            var taken = await retry.RunAsync(token => items.AddAsync(reading.Job.Lease, reading.Group, token), stop) ?? throw new LeaseLostException();
            if (taken.Count == 0)
            {
                break;
            }

            var ids = taken.ToHashSet(StringComparer.Ordinal);
            foreach (var item in reading.Group.Where(item => ids.Contains(item.CustomId)).Take(MaxErrors - reading.Errors.Count))
            {
                reading.Errors.Add(Repeated(item.CustomId, item.Line));
            }

            if (reading.Group.RemoveAll(item => ids.Contains(item.CustomId)) == 0)
            {
                throw new InvalidOperationException("The store refuses custom ids that were not given to it.");
            }
        }

        reading.Group.Clear();
        reading.Ids.Clear();
        reading.Bytes = 0;
    }

    private static BatchError Gone(string fileId) => new("input_file_not_found", $"The input file '{fileId}' is not there any more.", "input_file_id");

    private static BatchError Repeated(string customId, int line) =>
        new("duplicate_custom_id", $"The custom id '{customId}' stands on another line as well.", "custom_id", line);

    /// <summary>How far the reading of a file is.</summary>
    private sealed class Reading(RunningJob job, Operation operation)
    {
        public RunningJob Job => job;

        public Operation Operation => operation;

        public List<BatchError> Errors { get; } = [];

        public List<JobItem> Group { get; } = [];

        /// <summary>Custom ids of the group.</summary>
        public HashSet<string> Ids { get; } = new(StringComparer.Ordinal);

        /// <summary>What the group's requests take.</summary>
        public long Bytes { get; set; }

        public int Total { get; set; }
    }
}
