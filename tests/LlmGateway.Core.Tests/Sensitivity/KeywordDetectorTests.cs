using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Sensitivity.Detectors;

namespace LlmGateway.Core.Tests.Sensitivity;

public class KeywordDetectorTests
{
    [Theory]
    [InlineData("project hera", "The budget of Project  Hera.")]
    [InlineData("project hera", "PROJECT\r\n\tHERA")]
    [InlineData("hera", "(hera)")]
    [InlineData("hera", "hera")]
    [InlineData("hera", "X_HERA_Y=1")]
    [InlineData("straße", "STRAßE")]
    [InlineData("ΣΊΣΥΦΟΣ", "σίσυφος")]
    [InlineData("секрет", "СЕКРЕТ!")]
    [InlineData("kelvin", "\u212Aelvin")]
    [InlineData("機密", "これは機密情報です")]
    [InlineData("기밀", "기밀문서입니다")]
    [InlineData("password", "two passwords")]
    [InlineData("hera", "ｈｅｒａ")]
    [InlineData("hera", "he\u200Bra and he\u00ADra")]
    [InlineData("c++", "we use c++ here")]
    public void AWord_IsFound(string keyword, string text) => Assert.Single(Looking.Findings(Detector(keyword), text));

    [Theory]
    [InlineData("hera", "herald")]
    [InlineData("hera", "sphera")]
    [InlineData("hera", "hera2")]
    [InlineData("hera", "heras")]
    [InlineData("key", "keyboard monkey")]
    [InlineData("token", "tokenizer")]
    [InlineData("project hera", "project of hera")]
    [InlineData("hera", "her a")]
    public void PartOfAnotherWord_IsNotFound(string keyword, string text) => Assert.Empty(Looking.Findings(Detector(keyword), text));

    [Fact]
    public void WordsWithinWords_AreAllFound() =>
        Assert.Equal([0, 1, 2, 3], Looking.Findings(Detector("a", "b a", "c b a", "a b"), "c b a b").Select(f => f.Value));

    [Fact]
    public void AWordWrittenOften_CountsOnce() => Assert.Single(Looking.Findings(Detector("hera"), string.Join(' ', Enumerable.Repeat("hera", 100))));

    [Theory]
    [InlineData("hera", "hera", 0.8)]
    [InlineData(" Project  Hera ", "Project Hera", 0.8)]
    [InlineData("hera=0.25", "hera", 0.25)]
    [InlineData("a=b", "a=b", 0.8)]
    [InlineData("key", "key", 0.2)]
    [InlineData("Key=0.9", "Key", 0.9)]
    public void AKeyword_HasItsOwnWeightOrThatOfItsSort(string setting, string text, double weight)
    {
        var keyword = Keyword.Parse(setting, 0.8, 0.2)!;
        Assert.Equal((text, weight), (keyword.Text, keyword.Weight));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("--")]
    [InlineData("\u200B")]
    public void NothingToLookFor_IsNoKeyword(string setting) => Assert.Null(Keyword.Parse(setting, 1, 1));

    [Fact]
    public void ManyKeywords_AreTheSameAsOneByOne()
    {
        var random = new Random(7);
        string Word() => string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => "ab "[random.Next(3)])).Trim();
        for (var round = 0; round < 300; round++)
        {
            var words = Enumerable.Range(0, 5).Select(_ => Word()).Where(w => w.Length > 0).Distinct().Where(w => !w.Contains("  ", StringComparison.Ordinal)).ToArray();
            var text = string.Concat(Enumerable.Range(0, 60).Select(_ => "ab "[random.Next(3)]));
            var cleaned = System.Text.RegularExpressions.Regex.Replace(text, " +", " ");
            var expected = Enumerable.Range(0, words.Length).Where(i => (" " + cleaned + " ").Contains(" " + words[i] + " ", StringComparison.Ordinal));
            if (words.Length > 0)
            {
                Assert.Equal(expected, Looking.Findings(Detector(words), text).Select(f => f.Value));
            }
        }
    }

    private static KeywordDetector Detector(params string[] keywords) => new([.. keywords.Select(k => Keyword.Parse(k, 0.8, 0.2)!)]);
}
