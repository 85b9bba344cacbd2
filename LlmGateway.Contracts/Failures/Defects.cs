using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Http;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Contracts.Failures;

/// <summary>Says that something outside the process did not answer, or not so that it can be used. No mistake of the program.</summary>
public interface IOutage;

/// <summary>
/// Exceptions that no network, no server and no file explains: mistakes of the program. Whoever goes on after any exception reports them
/// here, so that none of them passes for an outage.
/// </summary>
public static partial class Defects
{
    /// <summary>The id of log entries that tell of a defect.</summary>
    public const int EventId = 1900;

    /// <summary>The id of those that tell of one that was told before.</summary>
    public const int AgainEventId = 1901;

    public const string MeterName = "LlmGateway.Defects";

    /// <summary>Places that are remembered; beyond it every defect is logged.</summary>
    private const int MostPlaces = 1000;

    /// <summary>Whose exceptions tell of a server.</summary>
    private static readonly string[] ClientLibraries = ["Npgsql", "StackExchange.Redis", "RabbitMQ.Client", "MassTransit"];

    /// <summary>Reads a connection to Redis on behalf of every call that waits for an answer on it.</summary>
    private const string RedisReader = "StackExchange.Redis.PhysicalConnection";

    /// <summary>What it is built on.</summary>
    private static readonly string[] Plumbing = ["System.", "Pipelines.Sockets.Unofficial."];

    private static readonly Counter<long> Count = new Meter(MeterName).CreateCounter<long>(
        "llm_gateway.defects", "{defect}", "Exceptions that only a mistake in the program explains, by type.");

    private static readonly ConcurrentDictionary<string, bool> Told = new(StringComparer.Ordinal);

    /// <summary>Whether a network, a server, a file or somebody who left explains the exception.</summary>
    public static bool IsOutage(Exception? e) => e switch
    {
        null => false,
        IOutage or IOException or SocketException or HttpRequestException or TimeoutException or OperationCanceledException or DbException
            or UnauthorizedAccessException => true,
        AggregateException several => several.InnerExceptions.All(IsOutage),
        _ when ClientLibraries.Any(library => e.GetType().FullName!.StartsWith(library + ".", StringComparison.Ordinal)) => true,
        InvalidOperationException when IsOfABrokenConnection(e) => true,
        _ => IsOutage(e.InnerException),
    };

    /// <summary>
    /// StackExchange.Redis, when it gives up a connection that its own loop still reads from, fails every call on it with what the loop
    /// meets: <c>InvalidOperationException: Reading is not allowed after reader was completed</c>, as after a server was frozen.
    /// </summary>
    private static bool IsOfABrokenConnection(Exception e) =>
        new StackTrace(e).GetFrames()
            .Select(frame => frame.GetMethod()?.DeclaringType?.FullName ?? "")
            .FirstOrDefault(type => !Plumbing.Any(library => type.StartsWith(library, StringComparison.Ordinal))) is { } thrower
        && thrower.StartsWith(RedisReader, StringComparison.Ordinal);

    /// <summary>Counts a defect, and logs it with its stack when it is the first of its kind; an outage is left to the caller.</summary>
    /// <returns>Whether it was a defect.</returns>
    public static bool Note(ILogger logger, Exception e)
    {
        if (IsOutage(e))
        {
            return false;
        }

        Report(logger, e);
        return true;
    }

    /// <summary>The same for an exception that is one in any case.</summary>
    public static void Report(ILogger logger, Exception e)
    {
        Count.Add(1, new KeyValuePair<string, object?>("exception_type", e.GetType().FullName));
        var place = $"{e.GetType().FullName} {e.StackTrace?.Split('\n', 2)[0]}";
        if (Told.Count >= MostPlaces || Told.TryAdd(place, true))
        {
            LogDefect(logger, e);
        }
        else
        {
            LogAgain(logger, e.GetType().Name, e.Message);
        }
    }

    [LoggerMessage(EventId, LogLevel.Error, "Defect: an exception that no outage explains. Please report it with the stack below, which is told once")]
    private static partial void LogDefect(ILogger logger, Exception e);

    [LoggerMessage(AgainEventId, LogLevel.Error, "Defect, as before: {Type}: {Reason}")]
    private static partial void LogAgain(ILogger logger, string type, string reason);
}
