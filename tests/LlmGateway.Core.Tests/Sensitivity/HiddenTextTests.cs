using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Sensitivity.Detectors;

namespace LlmGateway.Core.Tests.Sensitivity;

/// <summary>What a person reads, or a model, is found however it is written.</summary>
public class HiddenTextTests
{
    private const string Card = "4111111111111111";
    private const string Key = "sk-ant-api03-a1B2c3D4e5F6g7H8i9J0k1L2";

    private static readonly SensitivityClassifier Default = Looking.Classifier(o => o.Keywords.Add("bluebird=0.9"));

    private static readonly Random Random = new(20261130);

    /// <summary>Characters that are not shown, of all planes.</summary>
    public static TheoryData<string> Invisible =>
    [
        "\u200B", "\u00AD", "\u2060", "\uFEFF", "\u034F", "\uFE0F", "\u0336", "\u20E3", "\U000E0001", "\U000E0020", "\U000E007F", "\U000E0100", "\U000E01EF", "\U0001D173", "\U000E0FFF",
    ];

    [Theory]
    [MemberData(nameof(Invisible))]
    public void InvisibleCharacters_HideNothing(string hidden)
    {
        for (var round = 0; round < 20; round++)
        {
            Assert.Contains("card_number", Default.Classify(With(Card, hidden)).Reasons);
            Assert.Contains("anthropic_key", Default.Classify(With(Key, hidden)).Reasons);
            Assert.Contains("keyword", Default.Classify("the " + With("bluebird", hidden) + " flies").Reasons);
        }
    }

    [Theory]
    [InlineData(0x1D7CE)]
    [InlineData(0x1D7D8)]
    [InlineData(0x1D7F6)]
    [InlineData(0x1FBF0)]
    [InlineData(0x104A0)]
    [InlineData(0xFF10)]
    [InlineData(0x0966)]
    public void DigitsOfEveryPlane_AreDigits(int zero) =>
        Assert.Contains("card_number", Default.Classify($"card {string.Concat(Card.Select(c => char.ConvertFromUtf32(zero + (c - '0'))))}.").Reasons);

    [Theory]
    [InlineData("𝐛𝐥𝐮𝐞𝐛𝐢𝐫𝐝")]
    [InlineData("𝓑𝓛𝓤𝓔𝓑𝓘𝓡𝓓")]
    [InlineData("ⓑⓛⓤⓔⓑⓘⓡⓓ")]
    [InlineData("🅱🅻🆄🅴🅱🅸🆁🅳")]
    [InlineData("ｂｌｕｅｂｉｒｄ")]
    [InlineData("b\u0335l\u0335u\u0335e\u0335b\u0335i\u0335r\u0335d\u0335")]
    [InlineData("bluеbird")]
    [InlineData("Bluebіrd")]
    [InlineData("ВLUЕBIRD")]
    public void StyledAndLookalikeLetters_AreLetters(string word) => Assert.Contains("keyword", Default.Classify($"the {word} flies").Reasons);

    [Theory]
    [InlineData("the blue bird flies")]
    [InlineData("bluebirdhouse")]
    [InlineData("птица летит, и всё хорошо: секрета нет")]
    [InlineData("Ένα μπλε πουλί πετάει")]
    [InlineData("🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F won 2:1 👨‍👩‍👧 4️⃣")]
    [InlineData("x\u0304 = 5 μm ± 0.1 K, ℓ = 3 ℝ")]
    public void OrdinaryTexts_AreStillHarmless(string text) => Assert.Empty(Default.Classify(text).Reasons);

    [Fact]
    public void TextInTagCharacters_IsRead()
    {
        var hidden = string.Concat($"card {Card}".Select(c => char.ConvertFromUtf32(0xE0000 + c)));
        Assert.Contains("card_number", Default.Classify("Please sum this up." + hidden).Reasons);
        Assert.Contains("anthropic_key", Default.Classify(string.Concat(Key.Select(c => char.ConvertFromUtf32(0xE0000 + c)))).Reasons);
    }

    [Fact]
    public void HalfPairsAndOddPlanes_DoNoHarm()
    {
        for (var round = 0; round < 2_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, Random.Next(1, 40)).Select(_ => (char)(Random.Next(3) == 0 ? Random.Next(0xD800, 0xE000) : Random.Next(0x20, 0x3000)))]);
            Looking.Findings(new KeywordDetector([new Keyword("bluebird", 1, true)]), text + Card);
        }
    }

    private static string With(string text, string hidden)
    {
        var at = Random.Next(1, text.Length);
        return text[..at] + hidden + text[at..];
    }
}
