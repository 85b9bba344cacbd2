using System.Threading.Channels;
using LlmGateway.ServiceDefaults.Infrastructure;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LlmGateway.Api.Authentication;

/// <summary>
/// Tells the other replicas over Redis, and hears them. While Redis is away a message is tried again until it no longer matters: by
/// then what others remember has ended by itself.
/// </summary>
internal sealed partial class SharedKeyRevocations(
    DatabaseApiKeyStore keys, RedisConnection redis, IOptions<AuthenticationOptions> options, TimeProvider time, ILogger<SharedKeyRevocations> logger)
    : BackgroundService, IKeyRevocations
{
    private const string ChannelName = "llm-gateway:keys:revoked";
    private const string KeyPrefix = "key:";
    private const string OwnerPrefix = "owner:";
    private const int Capacity = 10_000;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(250);

    private readonly Channel<(string Message, long At)> _outbox = Channel.CreateBounded<(string, long)>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });

    public void Forget(string keyId) => Send(KeyPrefix + keyId);

    public void ForgetOwner(string owner) => Send(OwnerPrefix + owner);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(ListenAsync(stoppingToken), TellAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nobody is left to forget anything.
        }
    }

    private void Send(string message)
    {
        Receive(message);
        _outbox.Writer.TryWrite((message, time.GetTimestamp()));
    }

    private void Receive(string message)
    {
        if (message.StartsWith(KeyPrefix, StringComparison.Ordinal))
        {
            var id = message[KeyPrefix.Length..];
            keys.Forget(caller => caller.KeyId == id);
        }
        else if (message.StartsWith(OwnerPrefix, StringComparison.Ordinal))
        {
            var owner = message[OwnerPrefix.Length..];
            keys.Forget(caller => caller.Owner == owner);
        }
    }

    private Task ListenAsync(CancellationToken stoppingToken) =>
        RetryAsync(() => redis.SubscribeAsync(ChannelName, Receive, stoppingToken), static () => true, stoppingToken);

    private async Task TellAsync(CancellationToken stoppingToken)
    {
        await foreach (var (message, at) in _outbox.Reader.ReadAllAsync(stoppingToken))
        {
            await RetryAsync(
                () => redis.ExecuteAsync(database => database.PublishAsync(new RedisChannel(ChannelName, RedisChannel.PatternMode.Literal), message), stoppingToken).AsTask(),
                () => time.GetElapsedTime(at) < options.Value.KeyCache.Duration,
                stoppingToken);
        }
    }

    /// <summary>Until it succeeds, or <paramref name="matters"/> no longer holds.</summary>
    private async Task RetryAsync(Func<Task> call, Func<bool> matters, CancellationToken stoppingToken)
    {
        for (var logged = false; matters();)
        {
            try
            {
                await call();
                return;
            }
            catch (RedisUnavailableException e)
            {
                if (!logged)
                {
                    logged = true;
                    LogAway(e.Message);
                }
            }

            await Task.Delay(RetryInterval, time, stoppingToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Revocations of API keys cannot be told to or heard from other replicas at the moment ({Reason}); they take effect there when the keys' time in memory is over")]
    private partial void LogAway(string reason);
}
