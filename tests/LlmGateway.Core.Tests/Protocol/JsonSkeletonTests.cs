using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Protocol;

public class JsonSkeletonTests
{
    private const string Characters = "ab\"\\\n{}[],:\u00e9";

    private static readonly string Long = new('x', 300);

    [Theory]
    [InlineData("""{"a":"short","b":[1,2,{"c":null}]}""")]
    [InlineData("")]
    [InlineData("[1,2]")]
    [InlineData("""["\"","\\","\\\""]""")]
    public void WithoutLongStrings_NothingChanges(string document) => Assert.Equal(document, Skeleton(document));

    [Fact]
    public void LongStrings_AreEmptied_WhateverTheyHold()
    {
        Assert.Equal("""{"a":"","b":"c"}""", Skeleton($$"""{"a":"{{Long}}","b":"c"}"""));
        Assert.Equal("""["",1]""", Skeleton($$"""["{{Long}}\"}],\\",1]"""));
        Assert.Equal("""[""]""", Skeleton($$"""["{{Long}}\\\\"]"""));
    }

    [Theory]
    [InlineData("""{"a":"{L}""")]
    [InlineData("""{"a":"{L}\""")]
    [InlineData("""{"a":"{L}\"}""")]
    [InlineData("""{"a":"{L}" """)]
    public void ACutDocument_StaysCut(string document)
    {
        var skeleton = Skeleton(document.Replace("{L}", Long, StringComparison.Ordinal));
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(skeleton));
    }

    [Fact]
    public void RandomDocuments_KeepTheirStructure()
    {
        var random = new Random(17);
        for (var round = 0; round < 300; round++)
        {
            var json = JsonSerializer.Serialize(Value(random, 4));
            using var whole = JsonDocument.Parse(json);
            using var skeleton = JsonDocument.Parse(Skeleton(json));
            Assert.Equal(Shape(whole.RootElement), Shape(skeleton.RootElement));

            // Every prefix that is no document is none as a skeleton either.
            var cut = json[..random.Next(json.Length)];
            Assert.Equal(IsDocument(cut), IsDocument(Skeleton(cut)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LargeAnswer_IsJudgedLikeASmallOne(bool whole)
    {
        var text = JsonSerializer.Serialize(string.Concat(Enumerable.Repeat("line \"one\"\n\\ \u00e9\ud83d\ude00 ", 5000)));
        var document = $$$"""{"choices":[{"index":0,"message":{"content":{{{text}}}},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":9}}""";
        var bytes = Encoding.UTF8.GetBytes(document);
        var facts = AnswerInspector.Inspect(new ExpectedAnswer(Operation.Chat), whole ? bytes : bytes.AsSpan(0, bytes.Length - 100));
        Assert.Equal(whole ? AnswerKind.Answer : AnswerKind.Malformed, facts.Kind);
        Assert.Equal(whole ? new TokenUsage(3, 9) : null, facts.Usage);
    }

    private static string Skeleton(string document)
    {
        using var whole = new JsonSkeleton();
        var bytes = Encoding.UTF8.GetBytes(document);
        whole.Feed(bytes);

        // In pieces it comes out the same, wherever they are cut.
        var random = new Random(document.Length);
        using var pieces = new JsonSkeleton();
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(random.Next(1, 8), bytes.Length - at);
            pieces.Feed(bytes.AsSpan(at, length));
            at += length;
        }

        Assert.Equal(Encoding.UTF8.GetString(whole.Written), Encoding.UTF8.GetString(pieces.Written));
        return Encoding.UTF8.GetString(whole.Written);
    }

    private static object? Value(Random random, int depth) => random.Next(depth > 0 ? 6 : 3) switch
    {
        0 => random.Next(),
        1 => Text(random),
        2 => null,
        3 => Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)).ToArray(),
        _ => Enumerable.Range(0, random.Next(4)).ToDictionary(i => $"k{i}{Text(random)[..Math.Min(3, i)]}", _ => Value(random, depth - 1)),
    };

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(2) == 0 ? 5 : 400).Select(_ => Characters[random.Next(Characters.Length)]));

    /// <summary>Kinds and numbers in order, with the length class of strings left out.</summary>
    private static string Shape(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', element.EnumerateObject().Select(p => Shape(p.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(',', element.EnumerateArray().Select(Shape)) + "]",
        JsonValueKind.String => "s",
        _ => element.GetRawText(),
    };

    private static bool IsDocument(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
