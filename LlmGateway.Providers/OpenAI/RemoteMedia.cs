using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.OpenAI;

/// <summary>
/// Finds media that a server would fetch by itself. A server within the operator's network reaches what the client does not: metadata
/// services, other machines.
/// </summary>
internal static class RemoteMedia
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = int.MaxValue };

    /// <summary>The refusal; null when the request has no such media.</summary>
    public static GatewayError? Refusal(RequestView view) => view.Operation == Operation.Chat && HasRemote(view.Body.Span)
        ? new GatewayError(
            GatewayErrorCode.UnsupportedOperation, "This provider takes pictures and other media as 'data:' URLs only; it fetches nothing from elsewhere.")
        {
            Param = "messages",
        }
        : null;

    /// <summary>Whether a member <c>…_url</c> holds an address, itself or as its <c>url</c>, that is no data.</summary>
    private static bool HasRemote(ReadOnlySpan<byte> body)
    {
        // Most requests have none; a name can only be hidden by an escape.
        if (body.IndexOf("_url"u8) < 0 && body.IndexOf("\\u"u8) < 0)
        {
            return false;
        }

        var reader = new Utf8JsonReader(body, Options);
        var media = -1;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var depth = reader.CurrentDepth;
                    media = media >= 0 && depth <= media ? -1 : media;
                    media = media < 0 && IsMedia(ref reader) ? depth : media;
                    break;
                case JsonTokenType.String when media >= 0 && IsRemote(ref reader):
                    return true;
            }
        }

        return false;
    }

    private static bool IsMedia(ref Utf8JsonReader name) =>
        name.ValueTextEquals("image_url"u8) || name.ValueTextEquals("audio_url"u8) || name.ValueTextEquals("video_url"u8) || name.ValueTextEquals("file_url"u8);

    /// <summary>Any text with a scheme other than <c>data:</c>, or without one but with slashes, as in <c>//host/x</c>.</summary>
    private static bool IsRemote(ref Utf8JsonReader value)
    {
        var text = value.GetString()!.AsSpan().Trim();
        return !text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) && (text.Contains(':') || text.Contains('/') || text.Contains('\\'));
    }
}
