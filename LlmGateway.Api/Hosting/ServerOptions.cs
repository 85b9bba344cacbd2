using System.ComponentModel.DataAnnotations;

namespace LlmGateway.Api.Hosting;

/// <summary>The <c>Server</c> section: what the HTTP edge accepts and how long it waits.</summary>
public sealed class ServerOptions
{
    /// <summary>Largest request body, in bytes; more is 413.</summary>
    /// <value>The default is 10 MiB.</value>
    [Range(1, int.MaxValue / 2)]
    public int MaxRequestBodyBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>Memory that all request bodies together may hold, in bytes; over it new bodies are refused with 503. Each key may hold half of it.</summary>
    /// <value>The default is 1 GiB.</value>
    [Range(1, long.MaxValue)]
    public long MaxBufferedRequestBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>Memory that whole answers may hold together while clients read them, in bytes; beyond it requests are answered with 503. Each key may hold half of it.</summary>
    /// <value>The default is 1 GiB.</value>
    [Range(1, long.MaxValue)]
    public long MaxBufferedResponseBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>Most header lines of a request; more is 431.</summary>
    /// <value>The default is 100.</value>
    [Range(1, 1000)]
    public int MaxRequestHeaders { get; set; } = 100;

    /// <summary>Deepest nesting of a JSON body; deeper is 400.</summary>
    /// <value>The default is 64.</value>
    [Range(1, 1000)]
    public int MaxJsonDepth { get; set; } = 64;

    /// <summary>How long a client may take to send a body; longer is 408.</summary>
    /// <value>The default is 30 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan RequestBodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A stream that has been quiet for so long gets a comment line, so that nothing in between closes the connection.</summary>
    /// <value>The default is 15 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan StreamKeepAlive { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long the gateway serves on, no longer ready, after it was asked to stop and before it closes its listeners: the time a load
    /// balancer needs to notice.
    /// </summary>
    /// <value>The default is 0.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ShutdownDelay { get; set; }

    /// <summary>Whether every request is a line in the log: id, key, model, provider, status, duration, tokens and cost, never content.</summary>
    /// <value>The default is false.</value>
    public bool AccessLog { get; set; }

    /// <summary>How long running requests may go on after the listeners were closed.</summary>
    /// <value>The default is 30 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
