using LlmGateway.Contracts.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.Api.Tests.Jobs.Events;

/// <summary>The log of a gateway that is alone, which a test can take away.</summary>
internal sealed class FaultyLog : IJobEventLog
{
    private readonly IJobEventLog _log;

    public FaultyLog()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddJobEventLog();
        _log = builder.Build().Services.GetRequiredService<IJobEventLog>();
    }

    public volatile bool IsAway;

    public ValueTask<int> AppendAsync(string jobId, int attempt, int first, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancellationToken) =>
        Present().AppendAsync(jobId, attempt, first, events, cancellationToken);

    public ValueTask<IReadOnlyList<JobEvent>> ReadAsync(string jobId, JobEventId after, int limit, CancellationToken cancellationToken) =>
        Present().ReadAsync(jobId, after, limit, cancellationToken);

    public ValueTask NotifyAsync(string jobId, CancellationToken cancellationToken) =>
        IsAway ? ValueTask.CompletedTask : _log.NotifyAsync(jobId, cancellationToken);

    public IDisposable Watch(string jobId, Action changed) => _log.Watch(jobId, changed);

    public ValueTask ForgetAsync(string jobId, TimeSpan delay, CancellationToken cancellationToken) => _log.ForgetAsync(jobId, delay, cancellationToken);

    private IJobEventLog Present() => IsAway ? throw new JobLogUnavailableException("The event log does not answer.") : _log;
}
