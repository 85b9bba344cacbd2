using System.Text;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Protocol;

public class StreamInspectorTests
{
    private readonly StreamInspector _inspector = new();

    [Fact]
    public void AStream_IsWholeWhenItsChoiceHasFinished()
    {
        Assert.False(_inspector.IsWhole);
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}""");
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}""");
        Assert.False(_inspector.IsWhole);
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}""");
        Assert.True(_inspector.IsWhole);
        Assert.Equal("length", _inspector.FinishReason);
        Assert.Equal(3, _inspector.Deltas);
    }

    [Fact]
    public void AStreamOfSeveralChoices_IsWholeWhenEachHasFinished()
    {
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{}},{"index":1,"delta":{}}]}""");
        Inspect(ChunkKind.Delta, """{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}""");
        Assert.False(_inspector.IsWhole);
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""");
        Assert.True(_inspector.IsWhole);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(299)]
    public void EachOfManyChoices_IsFollowedByItself(int unfinished)
    {
        for (var index = 0; index < 300; index++)
        {
            Inspect(ChunkKind.Delta, $$$"""{"choices":[{"index":{{{index}}},"delta":{}}]}""");
            if (index != unfinished)
            {
                Inspect(ChunkKind.Delta, $$"""{"choices":[{"index":{{index}},"delta":{},"finish_reason":"stop"}]}""");
            }
        }

        Assert.False(_inspector.IsWhole);
        Inspect(ChunkKind.Delta, $$"""{"choices":[{"index":{{unfinished}},"delta":{},"finish_reason":"stop"}]}""");
        Assert.True(_inspector.IsWhole);
    }

    [Fact]
    public void TheUsageChunk_IsToldFromOthers()
    {
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{}}],"usage":null}""");
        Assert.Null(_inspector.Usage);
        Inspect(ChunkKind.Usage, """{"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7},"choices":[]}""");
        Assert.Equal(new TokenUsage(3, 4), _inspector.Usage);
        Assert.False(_inspector.IsWhole);
    }

    [Fact]
    public void UsageOnADelta_IsTakenAndTheDeltaStaysOne()
    {
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}""");
        Assert.Equal(new TokenUsage(1, 2), _inspector.Usage);
    }

    [Fact]
    public void AnEmptyChoicesArrayWithoutUsage_PassesAsPartOfTheAnswer() =>
        Inspect(ChunkKind.Delta, """{"choices":[],"prompt_filter_results":[{"index":0}]}""");

    [Theory]
    [InlineData("""{"error":{"message":"boom"}}""")]
    [InlineData("""{"error":"boom","choices":[]}""")]
    [InlineData("""{"id":"x","choices":[{"index":0,"delta":{}}],"error":{"code":500}}""")]
    public void AnErrorInsideTheStream_IsSeen(string chunk) => Inspect(ChunkKind.Error, chunk);

    [Fact]
    public void AnErrorOfNull_IsNone() => Inspect(ChunkKind.Delta, """{"error":null,"choices":[{"index":0,"delta":{}}]}""");

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[DONE")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"choices":{}}""")]
    [InlineData("""{"choices":["x"]}""")]
    [InlineData("""{"choices":[{"index":0}""")]
    [InlineData("""{"choices":[{"index":0}]} {}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"hal""")]
    [InlineData("""{"choices":[{"index":0,"finish_reason":"\ud83d"}]}""")]
    [InlineData("""{"cho\ud83dices":[]}""")]
    [InlineData("""{"choices":[{"\udc00":0}]}""")]
    [InlineData("""{"choices":[{"index":-1,"delta":{}}]}""")]
    [InlineData("""{"choices":[{"index":"1","delta":{}}]}""")]
    [InlineData("""{"choices":[{"index":1048576,"delta":{}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":"x"}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":[]}]}""")]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"whole"},"finish_reason":"stop"}]}""")]
    public void WhatIsNoChunk_IsMalformedAndNeverThrows(string chunk) => Inspect(ChunkKind.Malformed, chunk);

    [Fact]
    public void InvalidUtf8_NeverThrows()
    {
        byte[] chunk = [.. "{\"choices\":[{\"index\":0,\"finish_reason\":\""u8, 0xFF, .. "\"}]}"u8];
        Assert.Equal(ChunkKind.Malformed, _inspector.Inspect(chunk));
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("length")]
    [InlineData("tool_calls")]
    [InlineData("content_filter")]
    [InlineData("vendor_reason")]
    public void FinishReasons_AreKept(string reason)
    {
        Inspect(ChunkKind.Delta, $$"""{"choices":[{"delta":{},"finish_reason":"{{reason}}"}]}""");
        Assert.Equal(reason, _inspector.FinishReason);
        Assert.True(_inspector.IsWhole);
    }

    [Fact]
    public void ContentThatLooksLikeStructure_ChangesNothing()
    {
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{"content":"\"finish_reason\":\"stop\"","tool_calls":[{"error":{"finish_reason":"stop"}}]}}]}""");
        Assert.False(_inspector.IsWhole);
    }

    [Fact]
    public void Inspecting_AllocatesNothingPerChunk()
    {
        var chunk = """{"id":"c","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"""u8.ToArray();
        _inspector.Inspect(chunk);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _inspector.Inspect(chunk);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Nothing that such a server says of the end can be told from a cut.</summary>
    [Fact]
    public void AReasonInEachChunk_IsBelievedOnlyWithTheMarker()
    {
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""");
        Assert.True(_inspector.IsWholeWithoutMarker);
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}""");
        Assert.True(_inspector.IsWhole);
        Assert.False(_inspector.IsWholeWithoutMarker);
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{"content":"c"},"finish_reason":null}]}""");
        Assert.False(_inspector.IsWhole);
    }

    [Fact]
    public void WhatRepeatsNothing_DoesNotTakeAReasonBack()
    {
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""");
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{"role":"assistant","content":"","tool_calls":null,"x":[]},"finish_reason":null}],"usage":{"prompt_tokens":1,"completion_tokens":1}}""");
        Assert.True(_inspector.IsWholeWithoutMarker);
    }

    [Fact]
    public void AChoiceThatSaysNothing_IsNoAnswer()
    {
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"finish_reason":"length"}]}""");
        Assert.False(_inspector.IsWhole);
        Inspect(ChunkKind.Delta, """{"choices":[{"index":0,"delta":{}}]}""");
        Assert.True(_inspector.IsWhole);
    }

    [Fact]
    public void EveryChoiceThatWasAskedFor_MustFinish()
    {
        var two = new StreamInspector(Operation.Chat, 2);
        two.Inspect("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"""u8);
        Assert.False(two.IsWhole);
        two.Inspect("""{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"""u8);
        Assert.True(two.IsWhole);
    }

    [Fact]
    public void Counts_NeverShrink()
    {
        Inspect(ChunkKind.Usage, """{"usage":{"prompt_tokens":30,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":20}},"choices":[]}""");
        Inspect(ChunkKind.Usage, """{"usage":{"prompt_tokens":0,"completion_tokens":9},"choices":[]}""");
        Assert.Equal(new TokenUsage(30, 9) { CachedTokens = 20 }, _inspector.Usage);
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":3,"completion_tokens":4}}]}""")]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":3,"completion_tokens":4}}}""")]
    public void UsageInOddPlaces_IsSeen(string chunk)
    {
        Inspect(ChunkKind.Delta, chunk);
        Assert.Equal(new TokenUsage(3, 4), _inspector.Usage);
    }

    private void Inspect(ChunkKind expected, string chunk) => Assert.Equal(expected, _inspector.Inspect(Encoding.UTF8.GetBytes(chunk)));
}
