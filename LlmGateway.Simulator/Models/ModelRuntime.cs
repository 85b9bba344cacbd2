using System.Diagnostics.CodeAnalysis;

namespace LlmGateway.Simulator.Models;

/// <summary>One model at work: its slots, the queue before them, and whether it is loaded and until when.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never taken holds nothing to free.")]
internal sealed class ModelRuntime(SimulatedModel model, TimeProvider time)
{
    public static readonly TimeSpan DefaultKeepAlive = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots = new(Math.Max(1, model.MaxConcurrency));
    private SimulatedModel _model = model;
    private Task? _loading;
    private DateTimeOffset? _expires;
    private bool _loaded;
    private int _active;
    private int _queued;

    public SimulatedModel Model => Volatile.Read(ref _model);

    public int Active => Volatile.Read(ref _active);

    public int Queued => Volatile.Read(ref _queued);

    public bool IsLoaded
    {
        get
        {
            lock (_gate)
            {
                ExpireIfDue();
                return _loaded;
            }
        }
    }

    /// <summary>When the model unloads by itself; null when unloaded or kept for ever.</summary>
    public DateTimeOffset? ExpiresAt
    {
        get
        {
            lock (_gate)
            {
                ExpireIfDue();
                return _loaded ? _expires : null;
            }
        }
    }

    public ModelRuntime With(SimulatedModel changed)
    {
        Volatile.Write(ref _model, changed);
        return this;
    }

    /// <summary>Waits for a slot, then for the model to be loaded. Dispose the lease to free the slot.</summary>
    /// <param name="keepAlive">How long the model stays loaded after this request: zero unloads it, negative keeps it for ever.</param>
    /// <param name="loadTime">Overrides the model's load time.</param>
    public async ValueTask<ModelLease> AcquireAsync(TimeSpan? keepAlive, TimeSpan? loadTime, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        Interlocked.Increment(ref _queued);
        try
        {
            await _slots.WaitAsync(ct);
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
        }

        var queued = time.GetElapsedTime(start);
        lock (_gate) _active++;
        try
        {
            var load = await LoadAsync(loadTime, ct);
            return new ModelLease(this, keepAlive ?? DefaultKeepAlive, queued, load);
        }
        catch
        {
            Release(keepAlive ?? DefaultKeepAlive);
            throw;
        }
    }

    public void Unload()
    {
        lock (_gate)
        {
            _loaded = false;
            _expires = null;
        }
    }

    internal void Release(TimeSpan keepAlive)
    {
        lock (_gate)
        {
            _active--;
            Keep(keepAlive);
        }

        _slots.Release();
    }

    private async ValueTask<TimeSpan> LoadAsync(TimeSpan? loadTime, CancellationToken ct)
    {
        Task loading;
        lock (_gate)
        {
            // The request itself is active by now: a model that expired before it came is loaded anew.
            if (_active == 1) ExpireIfDue(ignoreActive: true);
            if (_loaded) return TimeSpan.Zero;
            var duration = loadTime ?? Model.LoadTime;
            if (duration <= TimeSpan.Zero)
            {
                _loaded = true;
                return TimeSpan.Zero;
            }

            // One load serves every request that waits for it, and goes on when one of them leaves.
            loading = _loading ??= LoadOnceAsync(duration);
        }

        var start = time.GetTimestamp();
        await loading.WaitAsync(ct);
        return time.GetElapsedTime(start);
    }

    private async Task LoadOnceAsync(TimeSpan duration)
    {
        await Task.Delay(duration, time, CancellationToken.None);
        lock (_gate)
        {
            _loaded = true;
            _loading = null;
        }
    }

    private void Keep(TimeSpan keepAlive)
    {
        if (!_loaded) return;
        if (keepAlive == TimeSpan.Zero && _active == 0) _loaded = false;
        _expires = keepAlive < TimeSpan.Zero || !_loaded ? null : time.GetUtcNow() + keepAlive;
    }

    private void ExpireIfDue(bool ignoreActive = false)
    {
        if (!_loaded || (_active > 0 && !ignoreActive) || _expires is not { } due || time.GetUtcNow() < due) return;
        _loaded = false;
        _expires = null;
    }
}

/// <summary>A request's slot on a model.</summary>
internal sealed class ModelLease(ModelRuntime runtime, TimeSpan keepAlive, TimeSpan queueDuration, TimeSpan loadDuration) : IDisposable
{
    private int _disposed;

    public TimeSpan QueueDuration { get; } = queueDuration;

    /// <summary>Zero when the model was loaded already.</summary>
    public TimeSpan LoadDuration { get; } = loadDuration;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) runtime.Release(keepAlive);
    }
}
