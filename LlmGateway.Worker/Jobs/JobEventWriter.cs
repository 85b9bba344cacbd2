using System.Text;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Worker.Jobs;

/// <summary>
/// The events of one attempt: kept here until the job's row has them, and shown in the live log on the way, off the hands of whoever adds
/// them. A log that is away or has lost everything gets them all when it is back.
/// </summary>
internal sealed class JobEventWriter : IAsyncDisposable
{
    /// <summary>Events that are sent at once.</summary>
    private const int Slice = 500;

    /// <summary>Chunks that come within this time are sent together.</summary>
    private static readonly TimeSpan Coalesce = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(500);

    private readonly IJobEventLog _log;
    private readonly RunningJob _job;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<ReadOnlyMemory<byte>> _events = [];
    private readonly SemaphoreSlim _added = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;

    public JobEventWriter(IJobEventLog log, RunningJob job, TimeProvider time)
    {
        _log = log;
        _job = job;
        _time = time;
        Add(Encoding.UTF8.GetBytes($$"""{"attempt":{{job.Lease.Attempt}}}"""));
        _sending = Task.Run(SendAsync);
    }

    public void Add(ReadOnlySpan<byte> document)
    {
        lock (_gate)
        {
            _events.Add(document.ToArray());
        }

        if (_added.CurrentCount == 0)
        {
            _added.Release();
        }
    }

    /// <summary>All events, for the job's row.</summary>
    public byte[] Archive()
    {
        lock (_gate)
        {
            return JobEventArchive.Write(_events);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _added.Dispose();
    }

    private async Task SendAsync()
    {
        var next = 0;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (Next(next) is not { Count: > 0 } waiting)
                {
                    await _added.WaitAsync(_stop.Token);
                    await Task.Delay(Coalesce, _time, _stop.Token);
                    continue;
                }

                next = await _log.AppendAsync(_job.Row.Id, _job.Lease.Attempt, next, waiting, _stop.Token);
                if (next < 0)
                {
                    // A later attempt writes: the lease is lost, which its keeper is about to learn.
                    _job.RequestStop(StopReason.LeaseLost);
                    return;
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception)
            {
                // The job goes on without it, whatever the log's trouble is.
                await Task.Delay(TryAgain, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private List<ReadOnlyMemory<byte>> Next(int from)
    {
        lock (_gate)
        {
            // The log may have more than was written here only when somebody else has written there.
            from = Math.Min(from, _events.Count);
            return _events.GetRange(from, Math.Min(Slice, _events.Count - from));
        }
    }
}
