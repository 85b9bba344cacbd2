using LlmGateway.Data.Model;

namespace LlmGateway.Data.Tests.Model;

public sealed class StoredTextTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("ü 🦊", "ü 🦊")]
    [InlineData("\0a\0", "a")]
    public void Text_LosesWhatCannotBeStored(string? given, string? stored) => Assert.Equal(stored, StoredText.Text(given));

    [Theory]
    [InlineData("""{"a":"\u0000"}""", """{"a":""}""")]
    [InlineData("""["\u00e9\n\"\\"]""", """["\u00e9\n\"\\"]""")]
    [InlineData("""["\\u0000\\\u0000"]""", """["\\u0000\\"]""")]
    [InlineData("""["\uD83E\udd8a"]""", """["\uD83E\udd8a"]""")]
    [InlineData("""["\ud83e\ud83e\udd8a\udd8a"]""", """["\ufffd\ud83e\udd8a\ufffd"]""")]
    [InlineData("""["\ud83e x"]""", """["\ufffd x"]""")]
    [InlineData("""["\u12""", """["\u12""")]
    [InlineData("""["\""", """["\""")]
    public void Json_LosesWhatCannotBeStored(string given, string stored) => Assert.Equal(stored, StoredText.Json(given));

    [Theory]
    [InlineData("job_1", true)]
    [InlineData("🦊", true)]
    [InlineData("\0", false)]
    [InlineData("🦊\0", false)]
    public void Fits_TellsThemApart(string text, bool fits) => Assert.Equal(fits, StoredText.Fits(text));

    /// <summary>Not as data of a theory: those pass through UTF-8 on their way.</summary>
    [Fact]
    public void HalfASurrogatePair_IsReplaced()
    {
        Assert.Equal("a\ufffdb", StoredText.Text("a\ud800b"));
        Assert.Equal("🦊\ufffd", StoredText.Text("🦊\0\udc00"));
        Assert.Equal("[\"\ufffd\\ufffd\"]", StoredText.Json("[\"\ud83e\\udd8a\"]"));
        Assert.False(StoredText.Fits("\udc00"));
        Assert.False(StoredText.Fits("🦊\ud83e"));
    }
}
