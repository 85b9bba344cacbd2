using RabbitMQ.Client;

namespace LlmGateway.ServiceDefaults.Messaging;

/// <summary>
/// Holds the bus's attempts to connect back until the broker lets a client in. After each attempt that fails the bus waits longer,
/// up to half a minute, which cannot be configured; asked here once a second, a broker is found as soon as it is back however long
/// it was away.
/// </summary>
internal sealed class BrokerGate(Uri address, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Returns when a connection can be made.</summary>
    /// <exception cref="OperationCanceledException">The host is stopping.</exception>
    public async Task WaitAsync()
    {
        while (!await AnswersAsync())
        {
            await Task.Delay(Interval, time, stopping);
        }
    }

    /// <summary>Whether the broker lets a client in: a listening port alone may belong to one that is frozen.</summary>
    private async Task<bool> AnswersAsync()
    {
        var factory = new ConnectionFactory
        {
            Uri = address,
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = Patience,
            HandshakeContinuationTimeout = Patience,
            ContinuationTimeout = Patience,
        };
        try
        {
            await using var connection = await factory.CreateConnectionAsync("probe", stopping).WaitAsync(Patience * 2, time, stopping);
            return true;
        }
        catch (Exception) when (!stopping.IsCancellationRequested)
        {
            return false;
        }
    }
}
