using System.Text;
using LlmGateway.Simulator.Engine;

namespace LlmGateway.Simulator.Tests.Engine;

public sealed class TokenizerTests
{
    public static TheoryData<string> Texts => new()
    {
        "", "Hello, world!", "  leading   and trailing  ", "línea\nnueva\r\n\tTab", "😀 family 👨‍👩‍👧‍👦 flags 🇩🇪🇫🇷", "नमस्ते दुनिया",
        "internationalizationally 1234567", "a\u0301e\u0301", "日本語のテキスト", "lone \uD83D surrogate", "{\"a\": [1, 2.5, null]}",
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Split_IsLossless(string text) => Assert.Equal(text, string.Concat(Tokenizer.Split(text)));

    [Theory]
    [MemberData(nameof(Texts))]
    public void Count_EqualsNumberOfPieces(string text) => Assert.Equal(Tokenizer.Split(text).Count, Tokenizer.Count(text));

    [Theory]
    [InlineData("😀😀 e\u0301 🇩🇪 नमस्ते 👨‍👩‍👧")]
    public void Split_NeverSplitsAScalar(string text)
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        foreach (var token in Tokenizer.Split(text)) Assert.Equal(token, strict.GetString(strict.GetBytes(token)));
    }

    [Fact]
    public void Split_GivesWordsTheirLeadingBlank() =>
        Assert.Equal(["Hello", " world", ",", " it", "'", "s", " ", "202", "5", "!"], Tokenizer.Split("Hello world, it's 2025!"));
}
