using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Infrastructure;
using StackExchange.Redis;

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>
/// The fleet in Redis. Each entry is a key of its own, <c>llm-gateway:fleet:{kind}/{id}</c>, which the server drops when it is not
/// renewed; the set <c>llm-gateway:fleet</c> names them, as keys cannot be listed cheaply; the channel
/// <c>llm-gateway:fleet:changed</c> says that it is worth looking.
/// </summary>
internal sealed class RedisFleetStore(RedisConnection redis) : IFleetStore
{
    internal const string Index = "llm-gateway:fleet";
    internal const string Prefix = Index + ":";

    private const string ChannelName = Prefix + "changed";

    private static readonly RedisChannel Channel = new(ChannelName, RedisChannel.PatternMode.Literal);

    public async Task PublishAsync(IReadOnlyList<FleetEntry> entries, TimeSpan timeToLive, bool notify, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
        {
            return;
        }

        await redis.ExecuteAsync(
            async database =>
            {
                // All in one go. The value before its name: a reader takes names without a value out of the index.
                List<Task> sent = [.. entries.Select(entry =>
                    database.StringSetAsync(Prefix + entry.Key, FleetJson.Write(entry), timeToLive, When.Always, CommandFlags.None))];
                sent.Add(database.SetAddAsync(Index, [.. entries.Select(entry => (RedisValue)entry.Key)]));
                if (notify)
                {
                    sent.Add(database.PublishAsync(Channel, RedisValue.EmptyString));
                }

                await Task.WhenAll(sent);
                return true;
            },
            cancellationToken);
    }

    public async Task RemoveAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
        {
            return;
        }

        await redis.ExecuteAsync(
            async database =>
            {
                await Task.WhenAll(
                    database.KeyDeleteAsync([.. keys.Select(key => (RedisKey)(Prefix + key))]),
                    database.SetRemoveAsync(Index, [.. keys.Select(key => (RedisValue)key)]),
                    database.PublishAsync(Channel, RedisValue.EmptyString));
                return true;
            },
            cancellationToken);
    }

    public async Task<IReadOnlyList<FleetEntry>> ReadAsync(CancellationToken cancellationToken) => await redis.ExecuteAsync(ReadAsync, cancellationToken);

    public Task SubscribeAsync(Action changed, CancellationToken cancellationToken) => redis.SubscribeAsync(ChannelName, changed, cancellationToken);

    private static async Task<IReadOnlyList<FleetEntry>> ReadAsync(IDatabase database)
    {
        var names = await database.SetMembersAsync(Index);
        if (names.Length == 0)
        {
            return [];
        }

        var values = await database.StringGetAsync([.. names.Select(name => (RedisKey)(Prefix + (string?)name))]);
        var expired = names.Where((_, i) => values[i].IsNull).ToArray();
        if (expired.Length > 0)
        {
            _ = database.SetRemoveAsync(Index, expired, CommandFlags.FireAndForget);
        }

        return [.. values.Where(value => !value.IsNull).Select(value => FleetJson.Read((byte[]?)value)).OfType<FleetEntry>()];
    }
}
