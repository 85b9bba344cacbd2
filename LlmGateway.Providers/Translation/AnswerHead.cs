using System.Buffers;
using System.Text;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

internal static class AnswerHead
{
    /// <summary>The beginning of every document of one answer, up to <c>choices</c>.</summary>
    public static byte[] Write(RequestView view, string idPrefix, ReadOnlySpan<byte> type, long created)
    {
        using var output = new PooledBuffer();
        output.Write("{\"id\":\""u8);
        output.Write(Encoding.UTF8.GetBytes($"{idPrefix}{Guid.NewGuid():N}"));
        output.Write("\",\"object\":\""u8);
        output.Write(type);
        output.Write("\",\"created\":"u8);
        output.WriteNumber(created);
        output.Write(",\"model\":"u8);
        // As the client wrote it: the name it asked for, not the one it has at the provider.
        output.Write(view.Body.Span.Slice(view.ModelValue.Start, view.ModelValue.Length));
        output.Write(",\"choices\":["u8);
        return output.WrittenSpan.ToArray();
    }
}
