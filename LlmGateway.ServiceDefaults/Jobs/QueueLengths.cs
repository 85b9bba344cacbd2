using RabbitMQ.Client;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>Asks the broker how many messages wait in a queue. Keeps one connection, and waits for nobody longer than <see cref="Patience"/>.</summary>
internal sealed class QueueLengths(Uri address, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _one = new(1, 1);
    private IConnection? _connection;

    /// <summary>Messages that are ready; null when there is no such queue or the broker does not answer.</summary>
    public async ValueTask<long?> CountAsync(string queue, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await AskAsync(queue, cancellationToken).WaitAsync(Patience * 2, time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            await CloseAsync();
            return null;
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task<long> AskAsync(string queue, CancellationToken cancellationToken)
    {
        if (_connection is not { IsOpen: true })
        {
            await CloseAsync();
            _connection = await new ConnectionFactory
            {
                Uri = address,
                AutomaticRecoveryEnabled = false,
                RequestedConnectionTimeout = Patience,
                HandshakeContinuationTimeout = Patience,
                ContinuationTimeout = Patience,
            }.CreateConnectionAsync("job queue lengths", cancellationToken);
        }

        // A channel of its own each time: asking for a queue that is not there closes it.
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
        return await channel.MessageCountAsync(queue, cancellationToken);
    }

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is not { } connection)
        {
            return;
        }

        try
        {
            await connection.CloseAsync(Constants.ReplySuccess, "done", Patience, abort: true);
            await connection.DisposeAsync();
        }
        catch (Exception)
        {
            // It was broken already.
        }
    }
}
