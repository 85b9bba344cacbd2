using System.Buffers;
using System.IO.Pipelines;

namespace LlmGateway.Api.Streaming;

/// <summary>
/// Sends a comment line (<c>: keep-alive</c>, which every SSE client skips) when a stream has been quiet for too long. Shares the
/// response with the writer of the stream: whoever writes holds the pen.
/// </summary>
internal sealed class StreamKeepAlive : IDisposable
{
    // Not disposed: it owns no wait handle, and the timer's last callback may still look at it.
    private readonly SemaphoreSlim _pen = new(1, 1);
    private readonly PipeWriter _output;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;
    private long _lastWrite;

    public StreamKeepAlive(PipeWriter output, TimeProvider time, TimeSpan interval)
    {
        _output = output;
        _time = time;
        _interval = interval;
        _lastWrite = time.GetTimestamp();
        _timer = time.CreateTimer(static state => _ = ((StreamKeepAlive)state!).OnTimerAsync(), this, interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Call before writing. Never given back at the end of a stream, so that nothing is written after it.</summary>
    public Task TakeAsync() => _pen.WaitAsync();

    /// <summary>Call when everything written has been flushed.</summary>
    public void GiveBack()
    {
        _lastWrite = _time.GetTimestamp();
        _pen.Release();
    }

    public void Dispose() => _timer.Dispose();

    private async Task OnTimerAsync()
    {
        var quiet = _time.GetElapsedTime(Volatile.Read(ref _lastWrite));
        if (quiet >= _interval && _pen.Wait(0))
        {
            try
            {
                _output.Write(": keep-alive\n\n"u8);
                var flushed = await _output.FlushAsync();
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    return;
                }
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
            {
                // The connection has gone; the writer of the stream learns it by itself.
                return;
            }
            finally
            {
                GiveBack();
            }

            quiet = TimeSpan.Zero;
        }

        var next = _interval - quiet;
        _timer.Change(next > TimeSpan.Zero ? next : _interval, Timeout.InfiniteTimeSpan);
    }
}
