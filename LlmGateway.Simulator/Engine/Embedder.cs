namespace LlmGateway.Simulator.Engine;

/// <summary>
/// Embeddings by feature hashing: words (fillers weigh little) and character trigrams are hashed to a signed bucket, the
/// sum is L2-normalised. Texts that share words have a clearly higher cosine than unrelated ones. Unlike a neural
/// model a request for fewer dimensions is not a prefix of the full vector: it is hashed into fewer buckets.
/// </summary>
internal static class Embedder
{
    private const float FillerWeight = 0.15f;
    private const float TrigramWeight = 0.35f;

    public static float[] Embed(string text, int dimensions)
    {
        var vector = new float[dimensions];
        foreach (var word in PromptReader.WordsOf(text.ToLowerInvariant()))
        {
            var weight = PromptReader.IsStopWord(word) ? FillerWeight : 1f;
            Add(vector, StableHash.Of(word, 1), weight);
            var padded = "^" + word + "$";
            for (var i = 0; i + 3 <= padded.Length; i++) Add(vector, StableHash.Of(padded.AsSpan(i, 3), 3), weight * TrigramWeight);
        }

        return Normalise(vector, StableHash.Of(text));
    }

    /// <summary>Token ids are features like words, and so are their neighbours pairwise.</summary>
    public static float[] Embed(ReadOnlySpan<int> tokens, int dimensions)
    {
        var vector = new float[dimensions];
        for (var i = 0; i < tokens.Length; i++)
        {
            Add(vector, StableHash.Of("t", tokens[i]), 1f);
            if (i > 0) Add(vector, StableHash.Of("tt", ((long)tokens[i - 1] << 32) | (uint)tokens[i]), TrigramWeight);
        }

        return Normalise(vector, (ulong)tokens.Length);
    }

    private static void Add(float[] vector, ulong hash, float weight) =>
        vector[(int)(hash % (ulong)vector.Length)] += (hash >> 63) == 0 ? weight : -weight;

    private static float[] Normalise(float[] vector, ulong fallback)
    {
        var square = 0d;
        foreach (var x in vector) square += (double)x * x;
        if (square < 1e-12)
        {
            // Text without words, or features that cancelled out: still a unit vector, still a function of the input.
            Array.Clear(vector);
            vector[(int)(fallback % (ulong)vector.Length)] = 1f;
            return vector;
        }

        var scale = 1 / Math.Sqrt(square);
        for (var i = 0; i < vector.Length; i++) vector[i] = (float)(vector[i] * scale);
        return vector;
    }
}
