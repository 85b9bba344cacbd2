using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Protocol;

public class UsageReaderTests
{
    [Fact]
    public void EveryCount_IsRead() => Assert.Equal(
        new TokenUsage(10, 20) { CachedTokens = 3, ReasoningTokens = 7 },
        Read("""
            {"total_tokens":30,"prompt_tokens":10,"completion_tokens":20,"x":{"prompt_tokens":1},
             "prompt_tokens_details":{"audio_tokens":[1],"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":7,"more":{"a":1}}}
            """));

    [Theory]
    [InlineData("""{"prompt_tokens":8,"total_tokens":8}""", 8, 0)]
    [InlineData("""{"completion_tokens":8}""", 0, 8)]
    [InlineData("""{"prompt_tokens":8,"completion_tokens":null,"prompt_tokens_details":null,"completion_tokens_details":[]}""", 8, 0)]
    [InlineData("""{"prompt_tokens":8,"completion_tokens":-1}""", 8, 0)]
    [InlineData("""{"prompt_tokens":"8","completion_tokens":2}""", 0, 2)]
    public void WhatIsMissingOrNoCount_IsZero(string json, long prompt, long completion) => Assert.Equal(new TokenUsage(prompt, completion), Read(json));

    [Theory]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("[{\"prompt_tokens\":1}]")]
    [InlineData("{}")]
    [InlineData("""{"prompt_tokens":null}""")]
    [InlineData("""{"prompt_tokens":{"a":[1]},"completion_tokens":[2]}""")]
    public void WhatCountsNothing_IsNull(string json) => Assert.Null(Read(json));

    /// <summary>Reads a value and makes sure that the reader stands on its end afterwards.</summary>
    private static TokenUsage? Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes($"[{json},12345]"));
        reader.Read();
        reader.Read();
        var usage = UsageReader.Read(ref reader);
        Assert.True(reader.Read());
        Assert.Equal(12345, reader.GetInt32());
        return usage;
    }
}
