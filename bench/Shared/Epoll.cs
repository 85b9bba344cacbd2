using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace LlmGateway.Bench.Shared;

/// <summary>
/// Level-triggered readiness of many non-blocking sockets on one thread (Linux epoll). The load programs share the
/// cores with the server under test, so they avoid the thread pool: thousands of sockets, one thread, no allocation.
/// </summary>
internal sealed partial class Epoll : IDisposable
{
    private const int Add = 1;
    private const int Remove = 2;
    private const uint Readable = 0x001;
    private const int Interrupted = 4;
    private const int MaxEvents = 512;

    // struct epoll_event is packed to 12 bytes on x86-64 only; elsewhere its 8-byte payload is aligned.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int PayloadOffset = EventSize - 8;

    private readonly byte[] _events = new byte[MaxEvents * EventSize];
    private readonly int _handle = CreateEpoll(0);

    /// <summary>Reports <paramref name="token"/> from <see cref="Wait"/> whenever the socket can be read or was closed.</summary>
    public void Watch(nint socket, int token)
    {
        Span<byte> change = stackalloc byte[EventSize];
        change.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(change, Readable);
        BinaryPrimitives.WriteInt32LittleEndian(change[PayloadOffset..], token);
        Control(Add, socket, change);
    }

    public void Forget(nint socket)
    {
        Span<byte> change = stackalloc byte[EventSize];
        Control(Remove, socket, change);
    }

    /// <summary>Waits up to <paramref name="milliseconds"/> and returns how many tokens <see cref="Token"/> can be asked for.</summary>
    public int Wait(int milliseconds)
    {
        var count = WaitForEvents(_handle, ref MemoryMarshal.GetArrayDataReference(_events), MaxEvents, milliseconds);
        if (count >= 0)
        {
            return count;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == Interrupted ? 0 : throw new Win32Exception(error);
    }

    public int Token(int index) =>
        BinaryPrimitives.ReadInt32LittleEndian(_events.AsSpan((index * EventSize) + PayloadOffset));

    public void Dispose() => _ = Close(_handle);

    private void Control(int operation, nint socket, ReadOnlySpan<byte> change)
    {
        if (ControlEpoll(_handle, operation, (int)socket, ref MemoryMarshal.GetReference(change)) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int CreateEpoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int ControlEpoll(int epoll, int operation, int socket, ref byte change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int WaitForEvents(int epoll, ref byte events, int maxEvents, int timeout);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
