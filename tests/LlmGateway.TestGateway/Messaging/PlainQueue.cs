using System.Text;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LlmGateway.TestGateway.Messaging;

/// <summary>Another program at the broker, which knows RabbitMQ and nothing of the gateway.</summary>
public sealed class PlainQueue : IAsyncDisposable
{
    private const ushort NotFound = 404;

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly Channel<PlainMessage> _received = Channel.CreateUnbounded<PlainMessage>();

    private PlainQueue(IConnection connection, IChannel channel)
    {
        _connection = connection;
        _channel = channel;
    }

    public ChannelReader<PlainMessage> Received => _received.Reader;

    /// <summary>Connects, and listens to these exchanges.</summary>
    public static Task<PlainQueue> OpenAsync(string address, params string[] exchanges) =>
        OpenAsync(address, channel => channel.QueueDeclareAsync(), exchanges);

    /// <summary>The same with a queue that outlives the connection and the broker's process: what is sent before anybody listens waits in it.</summary>
    public static Task<PlainQueue> OpenLastingAsync(string address, string queue, params string[] exchanges) =>
        OpenAsync(address, channel => channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false), exchanges);

    private static async Task<PlainQueue> OpenAsync(string address, Func<IChannel, Task<QueueDeclareOk>> declare, string[] exchanges)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(address) }.CreateConnectionAsync();
        var plain = new PlainQueue(connection, await connection.CreateChannelAsync());
        var queue = (await declare(plain._channel)).QueueName;
        foreach (var exchange in exchanges)
        {
            await plain._channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
            await plain._channel.QueueBindAsync(queue, exchange, "");
        }

        var consumer = new AsyncEventingBasicConsumer(plain._channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            var headers = (delivery.BasicProperties.Headers ?? new Dictionary<string, object?>())
                .ToDictionary(h => h.Key, h => h.Value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : h.Value?.ToString());
            plain._received.Writer.TryWrite(new PlainMessage(
                delivery.Exchange, delivery.BasicProperties.MessageId, delivery.BasicProperties.ContentType, headers, Encoding.UTF8.GetString(delivery.Body.Span)));
            return Task.CompletedTask;
        };
        await plain._channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return plain;
    }

    public async Task PublishAsync(string exchange, string json, string? contentType)
    {
        var properties = new BasicProperties();
        if (contentType is not null)
        {
            properties.ContentType = contentType;
        }

        await _channel.BasicPublishAsync(exchange, "", mandatory: false, properties, Encoding.UTF8.GetBytes(json));
    }

    /// <summary>Messages that lie in a queue; none in one that nobody has made yet.</summary>
    public async Task<uint> CountAsync(string queue)
    {
        // A channel for the question alone: the broker closes the one that asks for a queue that is not there.
        await using var channel = await _connection.CreateChannelAsync();
        try
        {
            return await channel.MessageCountAsync(queue);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == NotFound)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}

public sealed record PlainMessage(string Exchange, string? Id, string? ContentType, IReadOnlyDictionary<string, string?> Headers, string Body);
