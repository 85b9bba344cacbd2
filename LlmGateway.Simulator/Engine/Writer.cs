using System.Globalization;
using System.Text;

namespace LlmGateway.Simulator.Engine;

/// <summary>
/// Composes the prose of an answer. The wording is chosen by a number derived from prompt, seed and choice index, so
/// that consecutive seeds and choice indexes always differ, and nothing else does.
/// </summary>
internal static class Writer
{
    private static readonly string[] Openings =
    [
        "You asked: ", "Your question was: ", "Here is an answer to: ", "Let me look at this: ",
        "Thank you for asking: ", "I read your message: ", "This is what you wrote: ", "To begin with your words: ",
    ];

    private static readonly string[] Views =
    [
        " A short answer comes first, and details follow.", " There is more than one way to see it.",
        " The simplest explanation is usually a good start.", " It helps to take it step by step.",
        " The main point deserves a clear answer.", " I will keep the reply brief and concrete.",
        " A careful reading suggests two parts.", " It is a fair thing to ask.",
    ];

    private static readonly string[] Thoughts =
    [
        " What matters most here is {0}.", " Much of it turns on {0}.", " The word that stands out is {0}.",
        " I would start from {0}.", " Everything else follows from {0}.", " The key idea is {0}.",
        " Think of {0} as the centre.", " It is worth a closer look at {0}.",
    ];

    private static readonly string[] Advice =
    [
        " Check the facts before you rely on them.", " Try it on a small example first.", " Write the result down and compare.",
        " Measure once more when something changes.", " Keep the parts that work and improve the rest.",
        " Ask again with more detail for a longer reply.", " A second opinion never hurts.", " Take the next step when you are ready.",
    ];

    private static readonly string[] Closings =
    [
        " I hope this helps.", " That is the gist of it.", " Let me know what you think.", " There is always more to say.",
        " This is a simulated answer.", " Happy to go on from here.", " So much for now.", " That is my answer.",
    ];

    private static readonly string[] Vocabulary =
    [
        "river", "stone", "garden", "window", "signal", "morning", "paper", "bridge", "market", "silver", "island", "letter",
        "forest", "engine", "harbour", "candle", "mountain", "record", "summer", "thread", "valley", "music", "orange", "winter",
        "answer", "circle", "number", "planet", "mirror", "travel", "kitchen", "shadow",
    ];

    private static readonly int Variants = Openings.Length * Views.Length * Thoughts.Length * Advice.Length * Closings.Length;

    public static string Compose(GenerationRequest request, PromptReader prompt, int choice)
    {
        var variant = Variant(request, choice);
        var quote = PromptReader.Shorten(prompt.Text.Trim(), 240);
        var text = new StringBuilder(512);
        text.Append(Pick(Openings, ref variant)).Append('“').Append(quote).Append("”.").Append(Pick(Views, ref variant));
        AppendContext(text, request);
        var topic = prompt.Phrases.Count > 0 ? prompt.Phrases[(int)(StableHash.Of(prompt.Text) % (ulong)prompt.Phrases.Count)] : "the question itself";
        text.AppendFormat(CultureInfo.InvariantCulture, Pick(Thoughts, ref variant), "“" + topic + "”");
        var unusual = string.Join(' ', prompt.UnusualElements().Where(e => !quote.Contains(e, StringComparison.Ordinal)).Take(32));
        if (unusual.Length > 0) text.Append(" I also noticed ").Append(unusual).Append('.');
        return text.Append(Pick(Advice, ref variant)).Append(Pick(Closings, ref variant)).ToString();
    }

    /// <summary>The answer after tool messages: quotes every result since the last assistant message.</summary>
    public static string ComposeToolAnswer(GenerationRequest request, int choice)
    {
        var variant = Variant(request, choice);
        var text = new StringBuilder(Pick(["According to the tools", "The tools say", "I looked it up", "Here is what came back"], ref variant));
        text.Append(": ");
        var results = request.Messages.Reverse().TakeWhile(m => m.Role == MessageRole.Tool).Reverse().ToList();
        for (var i = 0; i < results.Count; i++)
        {
            var name = results[i].ToolName ?? NameOfCall(request, results[i].ToolCallId) ?? "the tool";
            text.Append(i == 0 ? "" : "; ").Append(name).Append(" returned “").Append(PromptReader.Shorten(results[i].Text.Trim(), 2000)).Append('”');
        }

        return text.Append('.').Append(Pick(Closings, ref variant)).ToString();
    }

    /// <summary>Exactly <paramref name="count"/> words in sentences of twelve.</summary>
    public static string Words(GenerationRequest request, int count, int choice)
    {
        var state = (ulong)Variant(request, choice);
        var text = new StringBuilder(count * 7);
        for (var i = 0; i < count; i++)
        {
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            var word = Vocabulary[(int)((state >> 33) % (ulong)Vocabulary.Length)];
            var starts = i % 12 == 0;
            if (i > 0) text.Append(starts ? ". " : " ");
            text.Append(starts ? char.ToUpperInvariant(word[0]) : word[0]).Append(word, 1, word.Length - 1);
        }

        return text.Append('.').ToString();
    }

    private static void AppendContext(StringBuilder text, GenerationRequest request)
    {
        if (request.Messages.FirstOrDefault(m => m.Role == MessageRole.System) is { Text.Length: > 0 } system)
            text.Append(" I keep to the instruction “").Append(PromptReader.Shorten(system.Text.Trim(), 80)).Append("”.");
        var earlier = request.Messages.Where(m => m.Role == MessageRole.User).Reverse().Skip(1).FirstOrDefault();
        if (earlier is { Text.Length: > 0 })
            text.Append(" Earlier you said “").Append(PromptReader.Shorten(earlier.Text.Trim(), 80)).Append("”.");
        var images = request.Messages.Sum(m => m.ImageCount);
        if (images > 0) text.Append(CultureInfo.InvariantCulture, $" You attached {images} image{(images == 1 ? "" : "s")}.");
    }

    private static string? NameOfCall(GenerationRequest request, string? id) =>
        request.Messages.SelectMany(m => m.ToolCalls).LastOrDefault(c => c.Id == id)?.Name;

    private static int Variant(GenerationRequest request, int choice)
    {
        var hash = new StableHash();
        hash.Add(request.Model);
        foreach (var message in request.Messages)
        {
            hash.Add((int)message.Role);
            hash.Add(message.Text);
        }

        // Odd factors are coprime to the power-of-two number of variants: neighbours never coincide.
        var mixed = hash.Value + ((ulong)(request.Seed ?? 0) * 9973) + ((ulong)choice * 4099);
        return (int)(mixed % (ulong)Variants);
    }

    private static string Pick(string[] options, ref int variant)
    {
        var picked = options[variant % options.Length];
        variant /= options.Length;
        return picked;
    }
}
