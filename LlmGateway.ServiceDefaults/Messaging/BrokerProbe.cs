using RabbitMQ.Client;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>
/// Asks the broker for an answer on a connection of its own: what the bus knows is old in a service that rarely sends anything and receives
/// nothing.
/// </summary>
internal sealed class BrokerProbe(Uri address, TimeProvider time) : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private IConnection? _connection;

    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await AskAsync(cancellationToken).WaitAsync(Bound * 2, time, cancellationToken);
            return true;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            await CloseAsync();
            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _one.Dispose();
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _one.Dispose();
    }

    /// <summary>A channel is opened and closed: a listening port alone may belong to a broker that is frozen.</summary>
    private async Task AskAsync(CancellationToken cancellationToken)
    {
        if (_connection is not { IsOpen: true })
        {
            await CloseAsync();
            _connection = await new ConnectionFactory
            {
                Uri = address,
                AutomaticRecoveryEnabled = false,
                RequestedConnectionTimeout = Bound,
                HandshakeContinuationTimeout = Bound,
                ContinuationTimeout = Bound,
            }.CreateConnectionAsync("health", cancellationToken);
        }

        await using var channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
    }

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is not { } connection)
        {
            return;
        }

        try
        {
            await connection.CloseAsync(Constants.ReplySuccess, "done", Bound, abort: true);
            await connection.DisposeAsync();
        }
        catch (Exception)
        {
            // It was broken already.
        }
    }
}
