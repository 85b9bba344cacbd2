using System.Text;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Protocol;

public class AnswerInspectorTests
{
    [Fact]
    public void AChatAnswer_IsRead()
    {
        var facts = Inspect(
            """
            {"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"},
             {"index":1,"message":{"content":"{\"finish_reason\":null}"},"finish_reason":"length"}],
             "usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":2}}}
            """);
        Assert.Equal(AnswerKind.Answer, facts.Kind);
        Assert.Equal(2, facts.Items);
        Assert.Equal("length", facts.FinishReason);
        Assert.Equal(new TokenUsage(5, 6) { CachedTokens = 2 }, facts.Usage);
    }

    [Theory]
    [InlineData("""{"data":[{"embedding":[0.1,0.2]}]}""", true, false)]
    [InlineData("""{"data":[{"embedding":"AAAA"}]}""", false, true)]
    [InlineData("""{"data":[{"embedding":"AAAA"},{"embedding":[1]}]}""", true, true)]
    public void Embeddings_AreReadWithTheirEncoding(string json, bool floats, bool base64)
    {
        var facts = Inspect(json, Operation.Embeddings);
        Assert.Equal((AnswerKind.Answer, floats, base64), (facts.Kind, facts.HasFloatVectors, facts.HasBase64Vectors));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"hi\"")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"choices":{}}""")]
    [InlineData("""{"choices":["x"]}""")]
    [InlineData("""{"choices":[{"message":{}}]}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":null}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop"},{"finish_reason":null}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]""")]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]}{}""")]
    [InlineData("""{"choices":[{"finish_reason":"\ud83d"}]}""")]
    [InlineData("""{"ch\ud83d":1,"choices":[{"finish_reason":"stop"}]}""")]
    [InlineData("""{"data":[{"embedding":[1]}]}""")]
    public void WhatIsNoWholeAnswer_IsMalformedAndNeverThrows(string json) => Assert.Equal(AnswerKind.Malformed, Inspect(json).Kind);

    [Theory]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":[{"embedding":null}]}""")]
    [InlineData("""{"data":[{"embedding":5}]}""")]
    [InlineData("""{"data":[{"index":0},{"embedding":[1]}]}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]}""")]
    public void WhatHoldsNoVectors_IsMalformed(string json) => Assert.Equal(AnswerKind.Malformed, Inspect(json, Operation.Embeddings).Kind);

    [Theory]
    [InlineData("""{"error":{"message":"boom"}}""")]
    [InlineData("""{"error":"boom"}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop"}],"error":{"message":"boom"}}""")]
    public void AnErrorDocument_IsSeenWhateverElseItHolds(string json) => Assert.Equal(AnswerKind.Error, Inspect(json).Kind);

    [Fact]
    public void AnErrorOfNull_IsNone() =>
        Assert.Equal(AnswerKind.Answer, Inspect("""{"error":null,"choices":[{"finish_reason":"stop"}]}""").Kind);

    private static AnswerFacts Inspect(string json, Operation operation = Operation.Chat) =>
        AnswerInspector.Inspect(operation, Encoding.UTF8.GetBytes(json));
}
