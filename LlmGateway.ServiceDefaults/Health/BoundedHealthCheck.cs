using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Health;

/// <summary>
/// Sees to it that every health check has an end, whether or not it heeds its token: a server that is frozen must not freeze the
/// answer that says so.
/// </summary>
internal sealed class HealthCheckBounds(TimeProvider time) : IPostConfigureOptions<HealthCheckServiceOptions>
{
    /// <summary>For checks that have no timeout of their own.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(2);

    public void PostConfigure(string? name, HealthCheckServiceOptions options)
    {
        foreach (var registration in options.Registrations)
        {
            var bound = registration.Timeout > TimeSpan.Zero ? registration.Timeout : Default;
            var create = registration.Factory;
            var running = new RunningCheck();
            registration.Timeout = Timeout.InfiniteTimeSpan;
            registration.Factory = services => new BoundedHealthCheck(create(services), running, bound, time);
        }
    }
}

/// <summary>The run of one check that is under way, if any.</summary>
internal sealed class RunningCheck
{
    private readonly Lock _gate = new();
    private Task<HealthCheckResult>? _task;

    /// <summary>Joins the run that is under way, or starts one: probes of a frozen server do not pile up.</summary>
    public Task<HealthCheckResult> JoinOrStart(Func<Task<HealthCheckResult>> start)
    {
        lock (_gate)
        {
            if (_task is not { IsCompleted: false })
            {
                // On the pool: a check may block before its first await.
                _task = Task.Run(start);
            }

            return _task;
        }
    }
}

/// <summary>A check with an end.</summary>
internal sealed class BoundedHealthCheck(IHealthCheck check, RunningCheck running, TimeSpan bound, TimeProvider time) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await running.JoinOrStart(() => RunAsync(context)).WaitAsync(bound, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Late(context);
        }
    }

    private HealthCheckResult Late(HealthCheckContext context) =>
        new(context.Registration.FailureStatus, FormattableString.Invariant($"No answer within {bound.TotalSeconds:0.###} s."));

    /// <summary>The caller's token is not the check's: others may have joined, and a caller that leaves must not fail their check.</summary>
    private async Task<HealthCheckResult> RunAsync(HealthCheckContext context)
    {
        using var end = new CancellationTokenSource(bound, time);
        try
        {
            return await check.CheckHealthAsync(context, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return Late(context);
        }
        catch (Exception e)
        {
            // Whoever waited may have left: what nobody awaits must not end as an unobserved exception.
            return new HealthCheckResult(context.Registration.FailureStatus, "The check failed.", e);
        }
    }
}
