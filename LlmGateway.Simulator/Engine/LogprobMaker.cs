namespace LlmGateway.Simulator.Engine;

/// <summary>Plausible log probabilities: between -2 and 0, falling over the alternatives, a function of the token and its place.</summary>
internal static class LogprobMaker
{
    private static readonly string[] Alternatives =
    [
        " the", " a", ",", ".", " and", " of", " to", " in", " that", " is", " it", " for", " on", " with", " as", " by", " an", " be",
        " or", " not", " at", " this",
    ];

    public static List<TokenLogprob> Make(List<string> tokens, int top)
    {
        var entries = new List<TokenLogprob>(tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            var hash = StableHash.Of(tokens[i], i);
            var logprob = -(double)(hash % 2000) / 1000;
            var list = new List<(string, double)>(top);
            if (top > 0) list.Add((tokens[i], logprob));
            for (var k = 0; list.Count < top; k++)
            {
                var other = Alternatives[(int)((hash + (ulong)k) % (ulong)Alternatives.Length)];
                if (other != tokens[i]) list.Add((other, logprob - (0.5 * (k + 1))));
            }

            entries.Add(new TokenLogprob(tokens[i], logprob, list));
        }

        return entries;
    }
}
