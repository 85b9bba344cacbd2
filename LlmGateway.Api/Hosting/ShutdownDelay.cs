using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Hosting;

/// <summary>
/// Between the wish to stop and the closing of the listeners: serves on while readiness already says no, so that a load balancer
/// notices before connections are refused.
/// </summary>
internal sealed partial class ShutdownDelay(
    IOptions<ServerOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ShutdownDelay> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var delay = options.Value.ShutdownDelay;
        if (delay <= TimeSpan.Zero)
        {
            return;
        }

        // Says to everybody that the end is near, which a host that is stopped by code would do only after this.
        lifetime.StopApplication();
        LogServingOn(delay.TotalSeconds);
        try
        {
            await Task.Delay(delay, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The host's patience has ended; it stops at once.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "Stopping: serving on for {Seconds} s, no longer ready")]
    private partial void LogServingOn(double seconds);
}
