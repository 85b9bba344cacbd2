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
    [InlineData("""{"data":[{"embedding":"AACAPw=="}]}""", false, true)]
    [InlineData("""{"data":[{"embedding":"AACAPw=="},{"embedding":[1]}]}""", true, true)]
    public void Embeddings_AreReadWithTheirEncoding(string json, bool floats, bool base64)
    {
        var facts = Inspect(json, Operation.Embeddings, floats && base64 ? 2 : 1);
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
    [InlineData("""{"choices":[{"finish_reason":"length","index":0}],"usage":{"prompt_tokens":8,"total_tokens":108}}""")]
    [InlineData("""{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"text":"x","finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":null,"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":"x","finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":{"content":5},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":{"content":{"text":"x"}},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":{"id":"a"}},"finish_reason":"tool_calls"}]}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":""}]}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":"null"}]}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":" \t\u00a0"}]}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":"error"}]}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":"stop","finish_reason":null},{"message":{},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":"stop"},{"message":{},"finish_reason":null,"finish_reason":"stop"},{"message":{}}]}""")]
    public void WhatIsNoWholeAnswer_IsMalformedAndNeverThrows(string json) => Assert.Equal(AnswerKind.Malformed, Inspect(json).Kind);

    [Theory]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":[{"embedding":null}]}""")]
    [InlineData("""{"data":[{"embedding":5}]}""")]
    [InlineData("""{"data":[{"index":0},{"embedding":[1]}]}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":"stop"}]}""")]
    [InlineData("""{"data":[{"embedding":[]}]}""")]
    [InlineData("""{"data":[{"embedding":""}]}""")]
    [InlineData("""{"data":[{"embedding":[null,null]}]}""")]
    [InlineData("""{"data":[{"embedding":["1","2"]}]}""")]
    [InlineData("""{"data":[{"embedding":[[1]]}]}""")]
    [InlineData("""{"data":[{"embedding":[1e39]}]}""")]
    [InlineData("""{"data":[{"embedding":[-1e39]}]}""")]
    [InlineData("""{"data":[{"embedding":[999999999999999999999999999999999999999]}]}""")]
    [InlineData("""{"data":[{"embedding":"AAAAAAAA"}]}""")]
    [InlineData("""{"data":[{"embedding":"no base64!"}]}""")]
    [InlineData("""{"data":[{"embedding":"AACAfw=="}]}""")]
    [InlineData("""{"data":["AACAPw=="]}""")]
    [InlineData("""{"data":[{"embedding":[1]},{"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":1,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":-1,"embedding":[1]}]}""")]
    public void WhatHoldsNoVectors_IsMalformed(string json) => Assert.Equal(AnswerKind.Malformed, Inspect(json, Operation.Embeddings).Kind);

    [Theory]
    [InlineData("""{"error":{"message":"boom"}}""")]
    [InlineData("""{"error":"boom"}""")]
    [InlineData("""{"choices":[{"message":{},"finish_reason":"stop"}],"error":{"message":"boom"}}""")]
    public void AnErrorDocument_IsSeenWhateverElseItHolds(string json) => Assert.Equal(AnswerKind.Error, Inspect(json).Kind);

    [Fact]
    public void EveryChoiceThatWasAskedFor_MustBeThere()
    {
        const string One = """{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}""";
        Assert.Equal(AnswerKind.Answer, Inspect(One).Kind);
        var facts = Inspect(One, items: 2);
        Assert.Equal((AnswerKind.Malformed, "1 of the 2 choices that were asked for"), (facts.Kind, facts.Fault));
        Assert.Equal(AnswerKind.Answer, Inspect("""{"choices":[{"text":"a","finish_reason":"stop"},{"text":"","finish_reason":"length"}]}""", Operation.Completion, 2).Kind);
    }

    [Fact]
    public void Vectors_HaveTheLengthThatWasAskedFor_AndAllTheSame()
    {
        Assert.Equal(AnswerKind.Answer, Inspect("""{"data":[{"embedding":[1,2]}]}""", Operation.Embeddings, 1, 2).Kind);
        Assert.Contains("2 dimensions instead of 3", Inspect("""{"data":[{"embedding":[1,2]}]}""", Operation.Embeddings, 1, 3).Fault, StringComparison.Ordinal);
        Assert.Contains("different lengths", Inspect("""{"data":[{"embedding":[1,2]},{"embedding":[1]}]}""", Operation.Embeddings, 2).Fault, StringComparison.Ordinal);
        Assert.Contains("indexes", Inspect("""{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}""", Operation.Embeddings, 2).Fault, StringComparison.Ordinal);
        Assert.True(Inspect("""{"data":[{"index":1,"embedding":[1]},{"index":0,"embedding":[1]}]}""", Operation.Embeddings, 2) is { Kind: AnswerKind.Answer, IsUnordered: true });
        Assert.True(Inspect("""{"data":[{"embedding":[3.4028234e38]},{"index":1,"embedding":"AACA\/w=="}]}""", Operation.Embeddings, 2).Kind == AnswerKind.Malformed);
        Assert.True(Inspect("""{"data":[{"embedding":[3.4028234e38,-0.12345678901234567890123456789012345678901]}]}""", Operation.Embeddings) is { Kind: AnswerKind.Answer, IsUnordered: false });
    }

    [Fact]
    public void AnErrorOfNull_IsNone() =>
        Assert.Equal(AnswerKind.Answer, Inspect("""{"error":null,"choices":[{"message":{},"finish_reason":"stop"}]}""").Kind);

    private static AnswerFacts Inspect(string json, Operation operation = Operation.Chat, int items = 1, long? dimensions = null) =>
        AnswerInspector.Inspect(new ExpectedAnswer(operation, items, dimensions), Encoding.UTF8.GetBytes(json));
}
