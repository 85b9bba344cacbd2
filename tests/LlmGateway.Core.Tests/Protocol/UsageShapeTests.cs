using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Tests.Protocol;

/// <summary>The shapes of <c>usage</c> in the field: known ones with their price, and random counts in each of them.</summary>
public class UsageShapeTests
{
    private const int Cases = 10_000;

    /// <summary>How a provider writes counts down: prompt with its cached part and writes, completion with its reasoning.</summary>
    private static readonly Dictionary<string, Func<Counts, string>> Rules = new()
    {
        ["openai"] = c => $$$"""{"prompt_tokens":{{{c.Prompt}}},"completion_tokens":{{{c.Completion}}},"total_tokens":{{{c.Total}}},"prompt_tokens_details":{"cached_tokens":{{{c.Cached}}},"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":{{{c.Reasoning}}}}}""",
        ["xai"] = c => $$$"""{"prompt_tokens":{{{c.Prompt}}},"completion_tokens":{{{c.Completion - c.Reasoning}}},"total_tokens":{{{c.Total}}},"prompt_tokens_details":{"cached_tokens":{{{c.Cached}}}},"completion_tokens_details":{"reasoning_tokens":{{{c.Reasoning}}}}}""",
        ["gemini"] = c => $$$"""{"completion_tokens":{{{c.Completion - c.Reasoning}}},"prompt_tokens":{{{c.Prompt}}},"total_tokens":{{{c.Total}}},"cached_tokens":{{{c.Cached}}}}""",
        ["deepseek"] = c => $$$"""{"prompt_tokens":{{{c.Prompt}}},"completion_tokens":{{{c.Completion}}},"total_tokens":{{{c.Total}}},"prompt_cache_hit_tokens":{{{c.Cached}}},"prompt_cache_miss_tokens":{{{c.Prompt - c.Cached}}},"completion_tokens_details":{"reasoning_tokens":{{{c.Reasoning}}}}}""",
        ["moonshot"] = c => $$$"""{"prompt_tokens":{{{c.Prompt}}},"completion_tokens":{{{c.Completion}}},"total_tokens":{{{c.Total}}},"cached_tokens":{{{c.Cached}}},"reasoning_tokens":{{{c.Reasoning}}}}""",
        ["mistral"] = c => $$$"""{"prompt_tokens":{{{c.Prompt}}},"completion_tokens":{{{c.Completion}}},"total_tokens":{{{c.Total}}},"num_cached_tokens":{{{c.Cached}}},"prompt_token_details":{"cached_tokens":{{{c.Cached}}}},"completion_tokens_details":{"reasoning_tokens":{{{c.Reasoning}}}}}""",
        ["responses"] = c => $$$"""{"input_tokens":{{{c.Prompt}}},"output_tokens":{{{c.Completion}}},"total_tokens":{{{c.Total}}},"input_tokens_details":{"cached_tokens":{{{c.Cached}}}},"output_tokens_details":{"reasoning_tokens":{{{c.Reasoning}}}}}""",
        ["hits and misses alone"] = c => $$$"""{"completion_tokens":{{{c.Completion}}},"prompt_cache_hit_tokens":{{{c.Cached}}},"prompt_cache_miss_tokens":{{{c.Prompt - c.Cached}}},"reasoning_tokens":{{{c.Reasoning}}}}""",
        ["floats"] = c => $$$"""{"prompt_tokens":{{{c.Prompt}}}.0,"completion_tokens":{{{c.Completion}}}.0,"total_tokens":{{{c.Total}}}.0,"cached_tokens":{{{c.Cached}}}.0,"reasoning_tokens":{{{c.Reasoning}}}.0}""",
    };

    [Fact]
    public void RandomCounts_AreReadInEveryShape()
    {
        var random = new Random(815);
        for (var i = 0; i < Cases; i++)
        {
            var counts = Counts.Random(random);
            var (name, rule) = Rules.ElementAt(random.Next(Rules.Count));
            var expected = new TokenUsage(counts.Prompt, counts.Completion) { CachedTokens = counts.Cached, ReasoningTokens = counts.Reasoning };
            Assert.True(expected == Read(rule(counts)), $"case {i}, {name}: {rule(counts)} gave {Read(rule(counts))} for {expected}");
        }
    }

    /// <summary>Whatever is told, what is read can be added up, stored and paid for.</summary>
    [Fact]
    public void AbsurdCounts_AreBounded()
    {
        var random = new Random(99);
        string[] numbers = ["9223372036854775807", "-9223372036854775808", "1e30", "1e999", "-1", "0", "1.5", "\"7\"", "null", "[1]", "99999999999999999999999999", "3"];
        string[] names = ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens", "prompt_cache_hit_tokens", "prompt_cache_miss_tokens", "cache_creation_input_tokens", "input_tokens"];
        var prices = new ModelPrices(10, 10) { Reasoning = 3 };
        for (var i = 0; i < Cases; i++)
        {
            var members = Enumerable.Range(0, random.Next(1, 7)).Select(_ => $"\"{names[random.Next(names.Length)]}\":{numbers[random.Next(numbers.Length)]}");
            var json = $"{{{string.Join(',', members)},\"prompt_tokens_details\":{{\"cached_tokens\":{numbers[random.Next(numbers.Length)]}}}}}";
            if (Read(json) is not { } usage)
            {
                continue;
            }

            long[] counts = [usage.PromptTokens, usage.CompletionTokens, usage.CachedTokens, usage.CacheWriteTokens, usage.LongCacheWriteTokens, usage.ReasoningTokens];
            Assert.All(counts, c => Assert.InRange(c, 0, TokenCount.Most));
            Assert.True(usage.CachedTokens + usage.CacheWriteTokens <= usage.PromptTokens && usage.ReasoningTokens <= usage.CompletionTokens, json);
            Assert.InRange(usage.TotalTokens, 0, 2 * TokenCount.Most);
            Assert.InRange(prices.Cost(usage), 0, 100_000_000m);
        }
    }

    [Theory]
    [InlineData("xAI", """{"prompt_tokens":10120,"completion_tokens":1499,"total_tokens":14428,"prompt_tokens_details":{"cached_tokens":128},"completion_tokens_details":{"reasoning_tokens":2809}}""", 10120, 4308, 128, 2809)]
    [InlineData("DeepSeek", """{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"prompt_cache_hit_tokens":900,"prompt_cache_miss_tokens":100}""", 1000, 100, 900, 0)]
    [InlineData("Gemini", """{"prompt_tokens":8,"total_tokens":108}""", 8, 100, 0, 0)]
    [InlineData("Gemini, thinking", """{"completion_tokens":4,"prompt_tokens":10,"total_tokens":514}""", 10, 504, 0, 500)]
    [InlineData("Voyage", """{"total_tokens":12}""", 12, 0, 0, 0)]
    [InlineData("an embedding", """{"prompt_tokens":8,"total_tokens":8}""", 8, 0, 0, 0)]
    [InlineData("reasoning beside, no total", """{"prompt_tokens":8,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":70}}""", 8, 75, 0, 70)]
    [InlineData("reasoning within", """{"prompt_tokens":8,"completion_tokens":75,"total_tokens":83,"completion_tokens_details":{"reasoning_tokens":70}}""", 8, 75, 0, 70)]
    [InlineData("a total too small", """{"prompt_tokens":8,"completion_tokens":75,"total_tokens":3}""", 8, 75, 0, 0)]
    [InlineData("a total beyond all", """{"prompt_tokens":8,"completion_tokens":75,"total_tokens":9223372036854775807}""", 8, 75, 0, 0)]
    [InlineData("a proxy of Anthropic's, cache beside", """{"prompt_tokens":10,"completion_tokens":5,"total_tokens":1015,"cache_read_input_tokens":1000}""", 1010, 5, 1000, 0)]
    public void KnownShapes_AreRead(string who, string json, long prompt, long completion, long cached, long reasoning)
    {
        var expected = new TokenUsage(prompt, completion) { CachedTokens = cached, ReasoningTokens = reasoning };
        Assert.True(expected == Read(json), $"{who}: {Read(json)}");
    }

    [Fact]
    public void CacheWrites_AreRead() => Assert.Equal(
        new TokenUsage(1010, 10) { CacheWriteTokens = 1000, LongCacheWriteTokens = 400 },
        Read("""{"prompt_tokens":1010,"completion_tokens":10,"total_tokens":1020,"cache_creation_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":600,"ephemeral_1h_input_tokens":400}}"""));

    [Theory]
    [InlineData("""{"prompt_tokens":10120,"completion_tokens":1499,"total_tokens":14428,"prompt_tokens_details":{"cached_tokens":128},"completion_tokens_details":{"reasoning_tokens":2809}}""", 1.25, 0.2, 2.5, 0.0232856)]
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"prompt_cache_hit_tokens":900,"prompt_cache_miss_tokens":100}""", 0.27, 0.07, 1.1, 0.0002)]
    public void TheirPrice_IsThatOfTheProvider(string json, double input, double cached, double output, double cost) =>
        Assert.Equal((decimal)cost, new ModelPrices((decimal)input, (decimal)output) { CachedInput = (decimal)cached }.Cost(Read(json)!.Value));

    private static TokenUsage? Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        var usage = UsageReader.Read(ref reader);
        Assert.Equal(json.Length, reader.BytesConsumed);
        return usage;
    }

    private readonly record struct Counts(long Prompt, long Cached, long Completion, long Reasoning)
    {
        public long Total => Prompt + Completion;

        public static Counts Random(Random random)
        {
            var prompt = random.NextInt64(1, random.Next(2) == 0 ? 50 : 2_000_000);
            var completion = random.NextInt64(1, random.Next(2) == 0 ? 50 : 200_000);
            return new Counts(prompt, random.NextInt64(prompt + 1), completion, random.NextInt64(completion));
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prompt}/{Cached}/{Completion}/{Reasoning}");
    }
}
