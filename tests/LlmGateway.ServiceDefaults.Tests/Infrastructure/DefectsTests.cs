using System.Diagnostics.Metrics;
using System.Net.Sockets;
using LlmGateway.Contracts.Failures;
using LlmGateway.ServiceDefaults.Health;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace LlmGateway.ServiceDefaults.Tests.Infrastructure;

/// <summary>What only a mistake in the program explains is no outage.</summary>
public class DefectsTests
{
    public static TheoryData<Exception, bool> Exceptions => new()
    {
        { new IOException("reset"), true },
        { new SocketException(111), true },
        { new TimeoutException(), true },
        { new TaskCanceledException(), true },
        { new RedisUnavailableException("away"), true },
        { new InvalidOperationException("transient", new IOException("reset")), true },
        { new AggregateException(new IOException(), new TimeoutException()), true },
        { Met(StackExchange.Redis.PhysicalConnection.ReadAfterCompletion), true },
        { Met(() => throw new InvalidOperationException("state")), false },
        { new InvalidCastException(), false },
        { new ArgumentException("index"), false },
        { new InvalidOperationException("state"), false },
        { new AggregateException(new IOException(), new InvalidCastException()), false },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void AnException_IsAnOutageOrADefect(Exception e, bool outage) => Assert.Equal(outage, Defects.IsOutage(e));

    [Fact]
    public void ADefect_IsCounted_AndLoggedOnceWithItsStack()
    {
        long counted = 0;
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == Defects.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            // Other tests may meet others at the same time.
            if (tags[0].Value is "System.FormatException")
            {
                Interlocked.Add(ref counted, value);
            }
        });
        meters.Start();
        var log = new Lines();
        for (var i = 0; i < 3; i++)
        {
            Assert.True(Defects.Note(log, Thrown()));
        }

        Assert.False(Defects.Note(log, new IOException()));
        Assert.Equal(3, Interlocked.Read(ref counted));
        Assert.Equal(3, log.All.Count);
        Assert.Single(log.All, line => line.Contains($"at {typeof(DefectsTests).FullName}.{nameof(Thrown)}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ADefect_ShowsInHealth_ForAWhile()
    {
        var time = new ManualTimeProvider();
        using var watch = new DefectWatch(time);
        var check = new DefectsHealthCheck(watch);
        using var logs = LoggerFactory.Create(builder => builder.AddProvider(watch));
        Assert.False(Defects.Note(logs.CreateLogger("any"), new IOException()));
        Assert.Equal(HealthStatus.Healthy, await StatusAsync());
        Assert.True(Defects.Note(logs.CreateLogger("any"), new NotSupportedException("a defect of a test")));
        Assert.Equal(HealthStatus.Degraded, await StatusAsync());
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HealthStatus.Healthy, await StatusAsync());

        async Task<HealthStatus> StatusAsync() => (await check.CheckHealthAsync(new HealthCheckContext())).Status;
    }

    private static Exception Met(Action action) => Record.Exception(action)!;

    private static FormatException Thrown()
    {
        try
        {
            throw new FormatException("a defect of a test");
        }
        catch (FormatException e)
        {
            return e;
        }
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add($"{logLevel} {formatter(state, exception)} {exception}");
    }
}
