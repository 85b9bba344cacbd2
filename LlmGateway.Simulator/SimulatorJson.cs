using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmGateway.Simulator;

/// <summary>How the Simulator writes JSON: compact, and characters beyond ASCII as themselves, as model servers do.</summary>
internal static class SimulatorJson
{
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = PlainEncoder.Instance, SkipValidation = true };

    public static readonly JsonSerializerOptions SerializerOptions = new() { Encoder = PlainEncoder.Instance };

    public static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = 128 };

    /// <summary>Escapes only quotes, backslashes, controls and lone surrogates. The built-in encoders escape emoji too.</summary>
    private sealed class PlainEncoder : JavaScriptEncoder
    {
        public static readonly PlainEncoder Instance = new();

        private static readonly SearchValues<char> Suspects = SearchValues.Create(
            [.. Enumerable.Range(0, 32).Select(i => (char)i), '"', '\\', .. Enumerable.Range(0xD800, 0x800).Select(i => (char)i)]);

        public override int MaxOutputCharactersPerInputCharacter => 6;

        public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 32 or '"' or '\\' or (>= 0xD800 and <= 0xDFFF);

        public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
        {
            var span = new ReadOnlySpan<char>(text, textLength);
            for (var at = 0; at < span.Length;)
            {
                var hit = span[at..].IndexOfAny(Suspects);
                if (hit < 0) return -1;
                at += hit;
                if (!char.IsHighSurrogate(span[at]) || at + 1 >= span.Length || !char.IsLowSurrogate(span[at + 1])) return at;
                at += 2;
            }

            return -1;
        }

        public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
            UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
    }
}
