using System.Diagnostics;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Threading.Channels;
using LlmGateway.Contracts.Events;
using LlmGateway.Contracts.Failures;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>
/// Sends events in waves of up to <see cref="WaveSize"/> at once. While the broker does not confirm, one event of the wave is tried
/// every <see cref="EventOptions.RetryInterval"/> and all others wait, so that a dead or frozen broker costs next to nothing.
/// </summary>
internal sealed partial class EventPublisher : BackgroundService, IEventPublisher
{
    private const int WaveSize = 64;

    private readonly IEventTransport _transport;
    private readonly EventOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<QueuedEvent> _channel;
    private readonly List<QueuedEvent> _wave = new(WaveSize);
    private volatile bool _away;
    private int _full;

    public EventPublisher(IEventTransport transport, IOptions<EventOptions> options, TimeProvider time, ILogger<EventPublisher> logger)
    {
        _transport = transport;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _channel = Channel.CreateBounded<QueuedEvent>(new BoundedChannelOptions(_options.Capacity) { SingleReader = true });
    }

    /// <summary>The broker did not confirm the last event that was sent.</summary>
    public bool Away => _away;

    public void Publish<T>(T message) where T : class
    {
        var activity = Activity.Current;
        if (_channel.Writer.TryWrite(new QueuedEvent(message, Guid.NewGuid(), activity?.Id, activity?.TraceStateString)))
        {
            return;
        }

        EventMetrics.Count(message, EventMetrics.Dropped);
        if (Interlocked.Exchange(ref _full, 1) == 0)
        {
            LogFull(_options.Capacity);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _channel.Writer.TryComplete();
        if (ExecuteTask is { IsCompleted: false } running)
        {
            await running.WaitAsync(_options.DrainTimeout, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
        var lost = 0;
        while (_wave.Count > 0 || _channel.Reader.TryPeek(out _))
        {
            Take();
            _wave.ForEach(queued => EventMetrics.Count(queued.Message, EventMetrics.Dropped));
            lost += _wave.Count;
            _wave.Clear();
        }

        if (lost > 0)
        {
            LogLost(lost);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _channel.Reader.WaitToReadAsync(stoppingToken))
            {
                Take();
                await SendWaveAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is counted by StopAsync.
        }
    }

    private void Take()
    {
        while (_wave.Count < WaveSize && _channel.Reader.TryRead(out var queued))
        {
            _wave.Add(queued);
        }

        if (_full != 0)
        {
            Interlocked.Exchange(ref _full, 0);
        }
    }

    /// <summary>Ends when the whole wave has been sent.</summary>
    private async Task SendWaveAsync(CancellationToken stoppingToken)
    {
        while (_wave.Count > 0)
        {
            var size = _away ? 1 : _wave.Count;
            var failures = await Task.WhenAll(_wave.Take(size).Select(queued => SendAsync(queued, stoppingToken)));
            // From behind, so that the places of those before stay what they are.
            for (var i = size - 1; i >= 0; i--)
            {
                if (failures[i] is null)
                {
                    _wave.RemoveAt(i);
                }
            }

            if (failures.FirstOrDefault(failure => failure is not null) is { } reason)
            {
                Note(away: true, reason);
                await Task.Delay(_options.RetryInterval, _time, stoppingToken);
            }
            else
            {
                Note(away: false);
            }
        }
    }

    /// <returns>Why it must be sent again; null when it need not be.</returns>
    private async Task<string?> SendAsync(QueuedEvent queued, CancellationToken stoppingToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var sending = _transport.SendAsync(queued, limit.Token);
            try
            {
                // Not by the token alone: a write into a full socket does not listen to it.
                await sending.WaitAsync(_options.PublishTimeout, _time, stoppingToken);
            }
            catch
            {
                _ = sending.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                await limit.CancelAsync();
                throw;
            }

            EventMetrics.Count(queued.Message, EventMetrics.Published);
            return null;
        }
        catch (Exception e) when (e is SerializationException or JsonException or NotSupportedException or ArgumentException)
        {
            // Would fail again and again, and everything behind it would wait.
            LogUnsendable(e, queued.Message.GetType().Name);
            EventMetrics.Count(queued.Message, EventMetrics.Dropped);
            return null;
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            if (Defects.Note(_logger, e))
            {
                EventMetrics.Count(queued.Message, EventMetrics.Dropped);
                return null;
            }

            return e is TimeoutException or OperationCanceledException ? "no confirmation in time" : e.GetBaseException().Message;
        }
    }

    private void Note(bool away, string? reason = null)
    {
        if (away == _away)
        {
            return;
        }

        _away = away;
        if (away)
        {
            LogAway(reason);
        }
        else
        {
            LogBack();
        }
    }

    [LoggerMessage(LogLevel.Warning, "The broker takes no events ({Reason}); they wait in memory until it does")]
    private partial void LogAway(string? reason);

    [LoggerMessage(LogLevel.Information, "The broker takes events again")]
    private partial void LogBack();

    [LoggerMessage(LogLevel.Error, "{Capacity} events wait for the broker; further ones are dropped until there is room")]
    private partial void LogFull(int capacity);

    [LoggerMessage(LogLevel.Error, "An event of type {Type} cannot be sent and was dropped")]
    private partial void LogUnsendable(Exception exception, string type);

    [LoggerMessage(LogLevel.Error, "{Count} events were lost: the broker did not take them before the host stopped")]
    private partial void LogLost(int count);
}
