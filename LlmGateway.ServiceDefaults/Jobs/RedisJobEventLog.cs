using LlmGateway.Contracts.Jobs;
using LlmGateway.ServiceDefaults.Infrastructure;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>
/// The log in Redis: a stream for each job, <c>llm-gateway:job:{id}:events</c> (the braces are part of the name: in a cluster they keep
/// what belongs to a job together), which holds one attempt at a time. A stream's entry ids are two numbers in growing order, and those
/// of ours are attempt and sequence: the server itself takes no event twice and none of an attempt that is over. The channel
/// <c>llm-gateway:job-events</c> carries ids of jobs of which there is news.
/// </summary>
internal sealed class RedisJobEventLog(RedisConnection redis, IOptions<JobEventLogOptions> options, TimeProvider time) : IJobEventLog, IDisposable
{
    internal const string ChannelName = "llm-gateway:job-events";

    /// <summary>Of one script: Redis serves nobody else while it runs, and it is to be done well within the bound of a call.</summary>
    private const int MostEventsAtOnce = 500;

    private const int MostBytesAtOnce = 1024 * 1024;

    private static readonly TimeSpan SubscribeAgain = TimeSpan.FromMilliseconds(250);
    private static readonly RedisChannel Channel = new(ChannelName, RedisChannel.PatternMode.Literal);

    private readonly JobWatchers _watchers = new();
    private readonly CancellationTokenSource _stopping = new();
    private int _subscribing;

    public async ValueTask<int> AppendAsync(
        string jobId, int attempt, int first, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancellationToken)
    {
        var sent = 0;
        while (true)
        {
            var count = CountAtOnce(events, sent);
            var values = new RedisValue[5 + count];
            values[0] = attempt;
            values[1] = first + sent;
            values[2] = (long)options.Value.TimeToLive.TotalMilliseconds;
            values[3] = ChannelName;
            values[4] = jobId;
            for (var i = 0; i < count; i++)
            {
                values[5 + i] = events[sent + i].ToArray();
            }

            var next = (int)await RunAsync(RedisJobScripts.Append, jobId, values, cancellationToken);
            sent += count;
            // Another place than was hoped for is the caller's to deal with.
            if (next != first + sent || sent == events.Count)
            {
                return next;
            }
        }
    }

    public async ValueTask<IReadOnlyList<JobEvent>> ReadAsync(string jobId, JobEventId after, int limit, CancellationToken cancellationToken)
    {
        var flat = (RedisValue[]?)await RunAsync(RedisJobScripts.Read, jobId, [after.Attempt, (long)after.Sequence + 1, limit], cancellationToken) ?? [];
        var events = new List<JobEvent>(flat.Length / 2);
        for (var i = 0; i + 1 < flat.Length; i += 2)
        {
            if (!JobEventId.TryParse((string?)flat[i], out var id) || (byte[]?)flat[i + 1] is not { } document)
            {
                throw new JobLogUnavailableException("The event log holds what no worker has written.");
            }

            events.Add(new JobEvent(id, document));
        }

        return events;
    }

    public async ValueTask NotifyAsync(string jobId, CancellationToken cancellationToken) =>
        await CallAsync(database => database.PublishAsync(Channel, jobId), cancellationToken);

    public IDisposable Watch(string jobId, Action changed)
    {
        // Not before somebody watches: a worker only writes, and need not hear of every job there is.
        if (Interlocked.Exchange(ref _subscribing, 1) == 0)
        {
            _ = Task.Run(SubscribeAsync);
        }

        return _watchers.Add(jobId, changed);
    }

    public async ValueTask ForgetAsync(string jobId, TimeSpan delay, CancellationToken cancellationToken) =>
        await CallAsync(
            database => delay > TimeSpan.Zero ? database.KeyExpireAsync(Key(jobId), delay) : database.KeyDeleteAsync(Key(jobId)), cancellationToken);

    public void Dispose() => _stopping.Cancel();

    internal static string Key(string jobId) => $"llm-gateway:job:{{{jobId}}}:events";

    private static int CountAtOnce(IReadOnlyList<ReadOnlyMemory<byte>> events, int from)
    {
        var count = 0;
        for (var bytes = 0L; from + count < events.Count && count < MostEventsAtOnce; count++)
        {
            bytes += events[from + count].Length;
            if (count > 0 && bytes > MostBytesAtOnce)
            {
                break;
            }
        }

        return count;
    }

    private async Task SubscribeAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await redis.SubscribeAsync(ChannelName, _watchers.Wake, _stopping.Token);
                // For what was said before.
                _watchers.WakeAll();
                return;
            }
            catch (Exception e) when (e is RedisUnavailableException or OperationCanceledException or TimeoutException)
            {
                // The connection says in the log that it is away. Who watches looks by itself meanwhile.
            }

            await Task.Delay(SubscribeAgain, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask<RedisResult> RunAsync(string script, string jobId, RedisValue[] values, CancellationToken cancellationToken)
    {
        RedisKey[] keys = [Key(jobId)];
        try
        {
            return await CallAsync(database => database.ScriptEvaluateAsync(script, keys, values), cancellationToken);
        }
        catch (JobLogUnavailableException e) when (IsForgottenScript(e))
        {
            // The client library sends a script's hash once it has sent the script, and the server has forgotten it since. Nothing was run.
            return await CallAsync(database => database.ScriptEvaluateAsync(script, keys, values), cancellationToken);
        }
    }

    private static bool IsForgottenScript(Exception e) =>
        e.InnerException?.InnerException is RedisServerException refusal && refusal.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    private async ValueTask<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await redis.ExecuteAsync(call, cancellationToken);
        }
        catch (RedisUnavailableException e)
        {
            throw new JobLogUnavailableException("The event log does not answer.", e);
        }
    }
}
