using System.Threading.Channels;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Usage;
using LlmGateway.Worker.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Batches;

/// <summary>
/// Has the open lines of a batch answered, several at a time, and writes answers in groups. Holds the requests and answers of a few groups
/// and no more, however many lines there are.
/// </summary>
internal sealed class BatchRunner(IBatchItems items, BatchLineCaller caller, StoreRetry retry, IOptions<BatchOptions> options, TimeProvider time)
{
    /// <summary>A group is written at so many bytes, however few answers it holds.</summary>
    private const long GroupBytes = 8 * 1024 * 1024;

    /// <summary>For writing what is ready when the worker shuts down.</summary>
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(5);

    private readonly BatchOptions _options = options.Value;

    /// <summary>Returns when no line is open, or <paramref name="stop"/> has fired and what was ready then has been written.</summary>
    /// <param name="job">The batch.</param>
    /// <param name="total">How many lines it has.</param>
    /// <param name="stop">No further lines are asked, and calls under way end.</param>
    /// <param name="hard">Nothing is tried for long any more.</param>
    /// <exception cref="LeaseLostException">Somebody else has the batch.</exception>
    public async Task RunAsync(RunningJob job, int total, CancellationToken stop, CancellationToken hard)
    {
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var answers = Channel.CreateBounded<LineAnswer>(new BoundedChannelOptions(_options.BatchSize) { SingleReader = true });
        var lines = AskAllAsync(job, answers.Writer, asking.Token);
        try
        {
            await CollectAsync(job, total, answers.Reader, hard);
        }
        finally
        {
            // Answers that nobody writes any more must not keep their lines waiting.
            answers.Writer.TryComplete();
            await asking.CancelAsync();
            await lines;
        }
    }

    /// <summary>Asks for every open line. Ends when the last one has ended, and completes the channel then; never throws.</summary>
    private async Task AskAllAsync(RunningJob job, ChannelWriter<LineAnswer> answers, CancellationToken stop)
    {
        using var slots = new SemaphoreSlim(_options.MaxConcurrentRequests);
        var missing = new MissingModels();
        Exception? failure = null;
        try
        {
            var operation = BatchEndpoints.OperationOf(job.Row.Endpoint) ?? throw new InvalidOperationException($"Batch {job.Row.Id} has no endpoint.");
            IReadOnlyList<JobItem> page;
            for (var after = 0; (page = await PageAsync(job, after, stop)).Count > 0; after = page[^1].Line)
            {
                foreach (var item in page)
                {
                    await slots.WaitAsync(stop);
                    _ = AskAsync(item, (line, token) => caller.AskAsync(job, operation, line, missing, token), answers, slots, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The lines that are left stay open.
        }
        catch (Exception e)
        {
            failure = e;
        }

        for (var i = 0; i < _options.MaxConcurrentRequests; i++)
        {
            await slots.WaitAsync(CancellationToken.None);
        }

        answers.TryComplete(failure);
    }

    private Task<IReadOnlyList<JobItem>> PageAsync(RunningJob job, int after, CancellationToken stop) =>
        retry.RunAsync(token => items.OpenAsync(job.Row.Id, after, _options.MaxConcurrentRequests, token), stop);

    private static async Task AskAsync(
        JobItem item, Func<JobItem, CancellationToken, Task<LineAnswer>> ask, ChannelWriter<LineAnswer> answers, SemaphoreSlim slots, CancellationToken stop)
    {
        try
        {
            var answer = await ask(item, stop);
            // Even after a stop: it has been paid for.
            await answers.WriteAsync(answer, CancellationToken.None);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            // The line stays open.
        }
        catch (Exception e)
        {
            answers.TryComplete(e);
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>Writes answers: as many as make a group, or those that are there some time after the first of them came.</summary>
    private async Task CollectAsync(RunningJob job, int total, ChannelReader<LineAnswer> answers, CancellationToken hard)
    {
        var done = job.Row.ItemsCompleted + job.Row.ItemsFailed;
        var group = new List<LineAnswer>(_options.BatchSize);
        while (await answers.WaitToReadAsync(CancellationToken.None))
        {
            group.Clear();
            long bytes = 0;
            using (var limit = new CancellationTokenSource(_options.CollectTimeout, time))
            {
                do
                {
                    while (group.Count < _options.BatchSize && bytes < GroupBytes && answers.TryRead(out var answer))
                    {
                        group.Add(answer);
                        bytes += answer.Item.Response?.Length ?? 0;
                    }
                }
                while (group.Count < _options.BatchSize && bytes < GroupBytes && await HasMoreAsync(answers, limit.Token));
            }

            await WriteAsync(job, group, hard);
            done += group.Count;
            job.Progress = total > 0 ? (double)done / total : 0;
        }
    }

    private static async Task<bool> HasMoreAsync(ChannelReader<LineAnswer> answers, CancellationToken limit)
    {
        try
        {
            return await answers.WaitToReadAsync(limit);
        }
        catch (Exception e) when (e is OperationCanceledException || answers.Completion.IsFaulted)
        {
            // A failure shows again once the group has been written.
            return false;
        }
    }

    private async Task WriteAsync(RunningJob job, List<LineAnswer> group, CancellationToken hard)
    {
        if (job.Reason == StopReason.LeaseLost)
        {
            throw new LeaseLostException();
        }

        (JobItem, UsageRecord?)[] ended = [.. group.Select(answer => (answer.Item, answer.Usage))];
        if (!hard.IsCancellationRequested)
        {
            try
            {
                LeaseLostException.ThrowUnless(await retry.RunAsync(token => items.EndAsync(job.Lease, ended, token), hard));
                return;
            }
            catch (OperationCanceledException) when (hard.IsCancellationRequested)
            {
                // Once more, below: writing twice is writing once.
            }
        }

        using var last = new CancellationTokenSource(LastWrite, time);
        LeaseLostException.ThrowUnless(await items.EndAsync(job.Lease, ended, last.Token));
    }
}
