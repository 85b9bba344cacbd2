using LlmGateway.Contracts.Failures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LlmGateway.ServiceDefaults.Infrastructure;

/// <summary>
/// The way to Redis for everything in the process. It connects in the background, so that neither the host's start nor a request
/// waits for a connection; every call ends within <see cref="RedisOptions.CommandTimeout"/>, as the client library's asynchronous
/// calls have no bound of their own; and while the server is known to be away, calls fail at once.
/// </summary>
public sealed partial class RedisConnection : IHostedService, IDisposable
{
    private static readonly TimeSpan ConnectAgain = TimeSpan.FromSeconds(1);

    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisConnection> _logger;
    private readonly TimeSpan _timeout;
    private readonly OutageMemory _outage;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _loggedOut;

    public RedisConnection(IServiceProvider services, IOptions<RedisOptions> options, TimeProvider time, ILogger<RedisConnection> logger)
    {
        _services = services;
        _time = time;
        _logger = logger;
        _timeout = options.Value.CommandTimeout;
        _outage = new OutageMemory(options.Value.FailFast, _timeout, time);
    }

    /// <summary>Sends a command, or several at once, and waits for the answer.</summary>
    /// <exception cref="RedisUnavailableException">There is no usable answer. A command that was sent may have been carried out.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public ValueTask<T> ExecuteAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellationToken) =>
        CallAsync(multiplexer => command(multiplexer.GetDatabase()), cancellationToken);

    /// <summary>
    /// Has <paramref name="handler"/> called for every message on a channel, from now on and again after every reconnect; what was
    /// sent while the connection was away is lost.
    /// </summary>
    /// <inheritdoc cref="ExecuteAsync"/>
    public Task SubscribeAsync(string channel, Action handler, CancellationToken cancellationToken) =>
        SubscribeAsync(channel, _ => handler(), cancellationToken);

    /// <summary>The same, for who wants to know what was sent.</summary>
    /// <inheritdoc cref="ExecuteAsync"/>
    public async Task SubscribeAsync(string channel, Action<string> handler, CancellationToken cancellationToken)
    {
        Action<RedisChannel, RedisValue> called = (_, message) => handler((string?)message ?? "");
        var name = new RedisChannel(channel, RedisChannel.PatternMode.Literal);
        await CallAsync(SubscribeOnceAsync, cancellationToken);

        async Task<bool> SubscribeOnceAsync(IConnectionMultiplexer multiplexer)
        {
            var subscriber = multiplexer.GetSubscriber();
            try
            {
                await subscriber.SubscribeAsync(name, called).WaitAsync(_timeout, _time, cancellationToken);
                return true;
            }
            catch
            {
                // The caller will try again; this attempt must not come true later and have the handler called twice.
                _ = subscriber.UnsubscribeAsync(name, called, CommandFlags.FireAndForget);
                throw;
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = Task.Run(ConnectAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The container calls it twice: for the service, and for the hosted service that is the same object.</summary>
    public void Dispose() => _stopping.Cancel();

    private async ValueTask<T> CallAsync<T>(Func<IConnectionMultiplexer, Task<T>> call, CancellationToken cancellationToken)
    {
        if (!_outage.MayTry())
        {
            throw new RedisUnavailableException("Redis did not answer a moment ago.");
        }

        try
        {
            var answer = await AnswerAsync(call, cancellationToken).WaitAsync(_timeout, _time, cancellationToken);
            NoteSuccess();
            return answer;
        }
        catch (RedisServerException e)
        {
            // It is there, but cannot serve: still loading its data, a replica, out of memory, or a mistake of the caller.
            NoteSuccess();
            throw new RedisUnavailableException("Redis refused the command.", e);
        }
        catch (Exception e) when (e is ObjectDisposedException || (e is not OperationCanceledException && Defects.IsOutage(e)))
        {
            NoteFailure(e);
            throw new RedisUnavailableException("Redis does not answer.", e);
        }
    }

    private async Task<T> AnswerAsync<T>(Func<IConnectionMultiplexer, Task<T>> call, CancellationToken cancellationToken)
    {
        var multiplexer = _connected.Task.IsCompletedSuccessfully ? _connected.Task.Result : await _connected.Task.WaitAsync(_timeout, _time, cancellationToken);
        return await call(multiplexer);
    }

    /// <summary>The client library connects when its object is made and blocks meanwhile; from then on it reconnects by itself.</summary>
    private async Task ConnectAsync()
    {
        var stopping = _stopping.Token;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                _connected.TrySetResult(_services.GetRequiredService<IConnectionMultiplexer>());
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception e)
            {
                // A name that cannot be resolved yet, for one.
                NoteFailure(e);
            }

            await Task.Delay(ConnectAgain, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void NoteSuccess()
    {
        _outage.Succeeded();
        if (Volatile.Read(ref _loggedOut) != 0 && Interlocked.Exchange(ref _loggedOut, 0) != 0)
        {
            LogBack();
        }
    }

    private void NoteFailure(Exception e)
    {
        _outage.Failed();
        if (Interlocked.Exchange(ref _loggedOut, 1) == 0)
        {
            LogAway(e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Redis cannot be used: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(LogLevel.Information, "Redis can be used again")]
    private partial void LogBack();
}
