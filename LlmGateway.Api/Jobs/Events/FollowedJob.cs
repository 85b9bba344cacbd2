using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>A job as one of its followers last heard of it from the <see cref="JobWatcher"/>.</summary>
internal sealed class FollowedJob(JobWatcher watcher, JobState state, Action changed) : IDisposable
{
    private volatile Box? _state = new(state);

    public string Id { get; } = state.Id;

    /// <summary>Null when the job is there no more.</summary>
    public JobState? State => _state?.Value;

    /// <summary>Has the job's row looked at before its turn.</summary>
    public void LookSoon() => watcher.LookSoon(Id);

    /// <summary>Takes over what has been found out.</summary>
    public void Update(JobState? found)
    {
        if (found != State)
        {
            _state = found is { } there ? new Box(there) : null;
            changed();
        }
    }

    public void Dispose() => watcher.Leave(this);

    /// <summary>A state that is read and replaced as a whole.</summary>
    private sealed record Box(JobState Value);
}
