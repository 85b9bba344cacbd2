using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmGateway.Bench;

/// <summary>
/// Requests and answers as they look in practice: prose with line breaks, quotes, code, accents, CJK and emoji, so that
/// JSON strings are full of escapes and multi-byte characters. The same bytes in every run.
/// </summary>
internal sealed class Payloads
{
    private static readonly string[] Sentences =
    [
        "The gateway reads the request once and keeps its bytes.",
        "She said \"ship it\", and nobody in the room disagreed.",
        "Le naïf café de la rue Général-Leclerc ouvre à huit heures.",
        "日本語の文章も、そのまま通らなければならない。",
        "See C:\\logs\\2025\\gateway.log for the trace.",
        "Throughput fell from 12,400 to 9,800 requests per second; why?",
        "if (tokens > budget) { throw new LimitExceeded(\"tokens\"); }",
        "Kurz gesagt: die Prüfung läuft, das Ergebnis ist größer als erwartet 🙂.",
        "| model | latency |\n| --- | --- |\n| small | 120 ms |",
        "A stream that ends early must never look like a whole answer.",
    ];

    public Payloads(string folder)
    {
        SmallRequest = Write(folder, "small-request.json", Request(["How do I reverse a list in Python? Answer in one line."]));
        LongRequest = Write(folder, "long-request.json", Request([Prose(60_000, 1), Prose(25_000, 2), Prose(15_000, 3)]));
        SmallAnswer = Encoding.UTF8.GetString(Answer("Use slicing: numbers[::-1] gives a reversed copy, numbers.reverse() works in place."));
        LargeAnswer = Write(folder, "large-answer.json", Answer(Prose(1_000_000, 4)));
    }

    /// <summary>Path of a chat request of about 300 bytes.</summary>
    public string SmallRequest { get; }

    /// <summary>Path of a chat request whose conversation is about 100 KB.</summary>
    public string LongRequest { get; }

    /// <summary>A whole chat completion of about 500 bytes, as text.</summary>
    public string SmallAnswer { get; }

    /// <summary>Path of a whole chat completion of about 1 MB.</summary>
    public string LargeAnswer { get; }

    private static string Write(string folder, string name, byte[] bytes)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string Prose(int bytes, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var size = 0; size < bytes;)
        {
            var sentence = Sentences[random.Next(Sentences.Length)] + (random.Next(6) == 0 ? "\n\n" : " ");
            text.Append(sentence);
            size += Encoding.UTF8.GetByteCount(sentence);
        }

        return text.ToString();
    }

    /// <summary>The last text is the user's question; those before it alternate between user and assistant.</summary>
    private static byte[] Request(string[] texts) => Json(writer =>
    {
        writer.WriteString("model", "bench");
        writer.WriteStartArray("messages");
        Message(writer, "system", "You are a helpful assistant. Answer briefly.");
        for (var i = 0; i < texts.Length; i++)
        {
            Message(writer, (texts.Length - i) % 2 == 1 ? "user" : "assistant", texts[i]);
        }

        writer.WriteEndArray();
        writer.WriteNumber("temperature", 0.7);
        writer.WriteNumber("max_tokens", 256);
        writer.WriteString("user", "bench-user");
    });

    private static byte[] Answer(string text) => Json(writer =>
    {
        writer.WriteString("id", "chatcmpl-BkQ3xLw7TzVn2Rp9sYd4eHa6");
        writer.WriteString("object", "chat.completion");
        writer.WriteNumber("created", 1750000000);
        writer.WriteString("model", "bench");
        writer.WriteStartArray("choices");
        writer.WriteStartObject();
        writer.WriteNumber("index", 0);
        writer.WriteStartObject("message");
        writer.WriteString("role", "assistant");
        writer.WriteString("content", text);
        writer.WriteNull("refusal");
        writer.WriteEndObject();
        writer.WriteNull("logprobs");
        writer.WriteString("finish_reason", "stop");
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteStartObject("usage");
        writer.WriteNumber("prompt_tokens", 31);
        writer.WriteNumber("completion_tokens", 22);
        writer.WriteNumber("total_tokens", 53);
        writer.WriteEndObject();
        writer.WriteString("service_tier", "default");
        writer.WriteString("system_fingerprint", "fp_62a23a81ef");
    });

    private static void Message(Utf8JsonWriter writer, string role, string content)
    {
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WriteString("content", content);
        writer.WriteEndObject();
    }

    private static byte[] Json(Action<Utf8JsonWriter> fields)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
