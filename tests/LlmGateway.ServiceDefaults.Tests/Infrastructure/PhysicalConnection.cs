using System.IO.Pipelines;

// The name of the client library's own type, which only a broken connection makes fail.
namespace StackExchange.Redis;

internal static class PhysicalConnection
{
    /// <summary>What its reading loop meets when the connection was given up meanwhile.</summary>
    public static void ReadAfterCompletion()
    {
        var pipe = new Pipe();
        pipe.Reader.Complete();
        pipe.Reader.AdvanceTo(default, default);
    }
}
