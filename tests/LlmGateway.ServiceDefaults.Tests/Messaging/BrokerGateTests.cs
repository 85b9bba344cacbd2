using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.ServiceDefaults.Tests.Messaging;

/// <summary>How soon a bus finds its broker again.</summary>
public sealed class BrokerGateTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task HoweverLongTheBrokerIsAway_ItIsAskedForOnceASecond()
    {
        await using var broker = new AbsentBroker();
        var time = new ManualTimeProvider();
        using var host = Host(broker.Address, time);
        await host.StartAsync(TestTimeouts.Token());

        // The bus itself would by then wait half a minute between two attempts.
        for (var seconds = 0; seconds < 60; seconds++)
        {
            await Eventually.IsTrueAsync(() => broker.Attempts > seconds && time.NextTimer == Interval, $"attempt {seconds + 1} fails, and the next is waited for");
            Assert.Equal(seconds + 1, broker.Attempts);
            time.Advance(Interval);
        }

        await host.StopAsync(TestTimeouts.Token());
    }

    private static IHost Host(string address, TimeProvider time)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{Connections.Broker}", address)]);
        builder.Services.AddSingleton(time);
        builder.AddGatewayBus();
        return builder.Build();
    }

    /// <summary>A port where every connection ends at once.</summary>
    private sealed class AbsentBroker : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _end = new();
        private readonly Task _accepting;
        private int _attempts;

        public AbsentBroker()
        {
            _listener.Start();
            Address = string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
            _accepting = AcceptAsync();
        }

        public string Address { get; }

        public int Attempts => Volatile.Read(ref _attempts);

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _accepting;
            _listener.Dispose();
            _end.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var connection = await _listener.AcceptSocketAsync(_end.Token);
                    Interlocked.Increment(ref _attempts);
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
