using LlmGateway.Simulator.Engine;

namespace LlmGateway.Simulator.Tests.Engine;

public sealed class EmbedderTests
{
    private static double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    [Theory]
    [InlineData("The cat sat on the mat", 384)]
    [InlineData("", 16)]
    [InlineData("!!!", 1)]
    [InlineData("日本語 😀", 1536)]
    public void Vectors_AreUnitLengthWithTheDimensionsAskedFor(string text, int dimensions)
    {
        var vector = Embedder.Embed(text, dimensions);
        Assert.Equal(dimensions, vector.Length);
        Assert.Equal(1, Cosine(vector, vector), 4);
        Assert.Equal(vector, Embedder.Embed(text, dimensions));
    }

    [Theory]
    [InlineData("How do I reset my password?", "I forgot my password, how can I reset it?", "The recipe needs two eggs and flour")]
    [InlineData("database connection timeout", "the connection to the database timed out", "a sunny day at the beach")]
    public void SimilarTexts_AreClearlyCloserThanUnrelatedOnes(string text, string similar, string unrelated)
    {
        var vector = Embedder.Embed(text, 384);
        Assert.True(Cosine(vector, Embedder.Embed(similar, 384)) > 0.45);
        Assert.True(Math.Abs(Cosine(vector, Embedder.Embed(unrelated, 384))) < 0.2);
    }

    [Fact]
    public void TokenArrays_AreEmbeddedToo()
    {
        var vector = Embedder.Embed([1, 2, 3, 4], 384);
        Assert.Equal(1, Cosine(vector, vector), 4);
        Assert.True(Cosine(vector, Embedder.Embed([1, 2, 3, 9], 384)) > Cosine(vector, Embedder.Embed([70, 71, 72, 73], 384)) + 0.3);
    }
}
