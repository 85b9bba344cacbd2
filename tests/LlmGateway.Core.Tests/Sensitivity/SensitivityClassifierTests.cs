using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Sensitivity;

namespace LlmGateway.Core.Tests.Sensitivity;

public class SensitivityClassifierTests
{
    private const string Card = "4111111111111111";
    private const string Image = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA";

    private static readonly SensitivityClassifier Default = Looking.Classifier();

    public static TheoryData<string> Places =>
    [
        $$$$$$"""{"messages":[{"role":"user","content":"{{{{{{Card}}}}}}"}]}""",
        $$$$$$"""{"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"my card {{{{{{Card}}}}}}"}]}]}""",
        $$$$$$"""{"messages":[{"role":"user","name":"{{{{{{Card}}}}}}","content":"hi"}]}""",
        $$$$$$"""{"messages":[{"role":"tool","tool_call_id":"1","content":"{{{{{{Card}}}}}}"}]}""",
        $$$$$$"""{"messages":[{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"pay","arguments":"{\"card\":\"{{{{{{Card}}}}}}\"}"}}]}]}""",
        $$$$$$"""{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{\"a\":\"x\\n{{{{{{Card}}}}}}\"}"}}]}]}""",
        $$$$$$"""{"messages":[{"role":"user","content":"hi","x":{"{{{{{{Card}}}}}}":1}}]}""",
        $$$$$$"""{"messages":[{"role":"user","content":"hi","x":[{{{{{{Card}}}}}}]}]}""",
        $$$$$$"""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/{{{{{{Card}}}}}}"}}]}]}""",
        $$$$$$"""{"messages":[{"role":"user","content":"{{{{{{Image}}}}}} {{{{{{Card}}}}}}"}]}""",
        $$$$$$"""{"user":"{{{{{{Card}}}}}}","messages":[{"role":"user","content":"hi"}]}""",
        $$$$$$"""{"messages":[],"tools":[{"type":"function","function":{"name":"f","description":"{{{{{{Card}}}}}}"}}]}""",
        $$$$$$"""{"messages":[],"tools":[{"function":{"parameters":{"properties":{"p":{"enum":["{{{{{{Card}}}}}}"]}}}}}]}""",
        $$$$$$"""{"messages":[],"response_format":{"json_schema":{"schema":{"description":"{{{{{{Card}}}}}}"}}}}""",
        $$$$$$"""{"messages":[],"metadata":{"k":"{{{{{{Card}}}}}}"}}""",
        $$$$$$"""{"messages":[],"unknown":{"{{{{{{Card}}}}}}":{}}}""",
        $$$$$$"""{"messages":[],"x{{{{{{Card.Insert(0, ":")}}}}}}":null}""",
        $$$$$$"""{"messages":"{{{{{{Card}}}}}}"}""",
        $$$$$$"""{"prompt":"{{{{{{Card}}}}}}"}""",
        $$$$$$"""{"prompt":["a","{{{{{{Card}}}}}}"]}""",
        $$$$$$"""{"input":["a","{{{{{{Card}}}}}}"]}""",
        $$$$$$"""{"system":"{{{{{{Card}}}}}}"}""",
        $$$$$$"""{"messages":[{"role":"user","content":"\u0034\u0031111111\u0031111111\u0031"}]}""",
        $$$$$$"""{"m\u0065ssages":[{"content":"{{{{{{Card}}}}}}"}]}""",
        $$$$$$"""{"messages":[{"content":"4\\u0031111111\\u00311111111"}]}""",
        $$$$$$"""{"messages":[{"content":"{\\\"a\\\":\\\"x\\\\n{{{{{{Card}}}}}}\\\"}"}]}""",
    ];

    [Theory]
    [MemberData(nameof(Places))]
    public void WhateverAModelWouldSee_IsLookedAt(string json)
    {
        var verdict = Default.Classify(Looking.View(json));
        Assert.Contains("card_number", verdict.Reasons);
        Assert.Equal(SecurityLevel.High, verdict.Required);
    }

    [Theory]
    [InlineData("""{"model":"4111111111111111","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"max_tokens":10,"max_completion_tokens":5,"prompt_cache_key":"a","messages":[{"role":"user","content":"hi"}]}""")]
    public void WhatNoModelSees_IsNot(string json) => Assert.Empty(Default.Classify(Looking.View(json)).Reasons);

    [Fact]
    public void AnEverydayProgrammingQuestion_IsNotSensitive()
    {
        const string question = """
            How do I read the API key and the refresh token from an environment variable in C#? My password hash is stored with
            a secret pepper. var key = Environment.GetEnvironmentVariable("API_KEY"); commit da39a3ee5e6b4b0d3255bfef95601890afd80709
            on 2024-01-15, id 3f2504e0-4f89-11d3-9a0c-0305e82c3301, price $1,234.56, see docs@example.com.
            """;
        var verdict = Default.Classify(question);
        Assert.Equal(SecurityLevel.Low, verdict.Required);
        Assert.Equal(["keyword"], verdict.Reasons);
        Assert.InRange(verdict.Score, 0.4, 0.69);
    }

    [Theory]
    [InlineData("Analyze this internal API key: sk-1234567890abcdef", "keyword,openai_key")]
    [InlineData("Jane Doe, jane@acme.com, +49 171 1234567", "email,phone_number")]
    [InlineData("a@acme.com b@acme.com c@acme.com", "email")]
    [InlineData("password secret token key credential internal", "keyword")]
    [InlineData("CONFIDENTIAL: password, secret and key", "keyword")]
    public void WhatAddsUp_IsSensitive(string content, string reasons)
    {
        var verdict = Default.Classify(content);
        Assert.Equal(SecurityLevel.High, verdict.Required);
        Assert.Equal(reasons, string.Join(',', verdict.Reasons));
        Assert.InRange(verdict.Score, 0.7, 1);
    }

    [Theory]
    [InlineData("jane@acme.com", 0.45)]
    [InlineData("jane@acme.com jane@acme.com jane@acme.com", 0.45)]
    [InlineData("jane@acme.com joe@acme.com", 0.6975)]
    [InlineData("key key keys KEY", 0.2)]
    [InlineData("key token", 0.36)]
    [InlineData("hello", 0)]
    public void TheScore_IsWhatDoubtsLeave(string content, double score) => Assert.Equal(score, Default.Classify(content).Score);

    [Fact]
    public void AConfiguredKeyword_IsEnoughByItself()
    {
        var classifier = Looking.Classifier(o => o.Keywords.Add("project hera"));
        Assert.True(classifier.Classify("about Project Hera").IsSensitive);
        Assert.False(classifier.Classify("password secret token key credential internal").IsSensitive);
    }

    [Fact]
    public void TheThreshold_IsMetByTheSameScore() =>
        Assert.True(Looking.Classifier(o => { o.Threshold = 0.36; }).Classify("key token").IsSensitive);

    [Fact]
    public void DetectorsAndWeights_CanBeSwitchedOff()
    {
        const string all = "key " + Card + " jane@acme.com AKIAIOSFODNN7ABCDEFG xK9mQ2vR7tL4wP8nB3jH";
        Assert.Equal(["keyword", "aws_access_key", "high_entropy", "email", "card_number"], Default.Classify(all).Reasons);
        Assert.Empty(Looking.Classifier(o => o.Detectors = new() { Keywords = false, Secrets = false, HighEntropy = false, PersonalData = false }).Classify(all).Reasons);
        Assert.DoesNotContain("email", Looking.Classifier(o => o.Weights["EMAIL"] = 0).Classify(all).Reasons);
        Assert.False(Looking.Classifier(o => o.Weights["card_number"] = 0.5).Classify(Card).IsSensitive);
    }

    [Fact]
    public void NationalIds_AreLookedForByName()
    {
        Assert.Empty(Default.Classify("65929970489").Reasons);
        Assert.Equal(["de_steuer_id"], Looking.Classifier(o => o.NationalIds.Add("DE_Steuer_Id")).Classify("65929970489").Reasons);
    }

    [Theory]
    [InlineData("""{"prompt":[1,2,3]}""", true)]
    [InlineData("""{"input":[[1,2],[3]]}""", true)]
    [InlineData("""{"input":"text","dimensions":[1]}""", false)]
    [InlineData("""{"messages":[{"content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0xLjQK"}}]}]}""", true)]
    public void InputThatCannotBeRead_IsSensitive_UnlessConfigured(string json, bool unreadable)
    {
        Assert.Equal(unreadable ? ["unreadable_input"] : [], Default.Classify(Looking.View(json)).Reasons);
        Assert.Equal(unreadable, Default.Classify(Looking.View(json)).IsSensitive);
        Assert.Empty(Looking.Classifier(o => o.TreatUnreadableAsSensitive = false).Classify(Looking.View(json)).Reasons);
    }

    [Fact]
    public void LongData_CannotBeRead()
    {
        var random = new byte[3000];
        new Random(1).NextBytes(random);
        var audio = $$$$$$"""{"messages":[{"content":[{"type":"input_audio","input_audio":{"data":"{{{{{{Convert.ToBase64String(random)}}}}}}"}}]}]}""";
        Assert.Equal(["unreadable_input"], Default.Classify(Looking.View(audio)).Reasons);
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA"}}""")]
    [InlineData("""{"type":"image_url","image_url":{"url":"https://host/picture.png"}}""")]
    public void Images_AreSensitiveWhereConfigured(string part)
    {
        var json = $$$$$$"""{"model":"m","messages":[{"role":"user","content":[{{{{{{part}}}}}}]}]}""";
        Assert.Null(RequestReader.Read(Operation.Chat, Encoding.UTF8.GetBytes(json), out var view));
        Assert.Empty(Default.Classify(view).Reasons);
        var strict = Looking.Classifier(o => o.TreatImagesAsSensitive = true).Classify(view);
        Assert.Equal((true, "image"), (strict.IsSensitive, Assert.Single(strict.Reasons)));
    }

    /// <summary>Texts that begin like an image, or say that they are one, are looked at; only the bytes of an image where an image stands are not.</summary>
    [Theory]
    [InlineData("""[{"role":"user","content":"data:image/png;base64,KEY"}]""")]
    [InlineData("""[{"role":"user","content":"data:image/png;base64,\u0073k-ant-api03-a1B2c3D4e5F6g7H8i9J0k1L2"}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"data:image/png;base64,KEY"}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,KEY"}}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo KEY"}}]}]""")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"detail":"data:image/png;base64,iVBORw0KGgoAAAAN KEY"}}]}]""")]
    [InlineData("""[{"role":"user","image_url":{"url":"data:image/png;base64,KEY"},"content":"x"}]""")]
    [InlineData("""[{"role":"tool","content":"iVBORw0KGgoAAAANSUhEUgAAAAUA KEY"}]""")]
    public void ATextThatClaimsToBeAnImage_IsLookedAt(string messages)
    {
        var json = "{\"messages\":" + messages.Replace("KEY", "sk-ant-api03-a1B2c3D4e5F6g7H8i9J0k1L2", StringComparison.Ordinal) + "}";
        Assert.Contains("anthropic_key", Default.Classify(Looking.View(json)).Reasons);
    }

    [Theory]
    [InlineData("input_audio", """{"data":"UklGRiQAAABXQVZFZm10IBAAAAABAAEA","format":"wav"}""")]
    [InlineData("input_audio", """{"data":"SUQzBAAAAAAA","format":"mp3"}""")]
    [InlineData("file", """{"file_id":"file-1"}""")]
    [InlineData("video_url", """{"url":"https://x/y.mp4"}""")]
    public void AudioAndFiles_CannotBeRead_WhateverTheyHold(string type, string value)
    {
        var json = $$"""{"messages":[{"role":"user","content":[{"type":"{{type}}","{{type}}":{{value}}}]}]}""";
        Assert.Equal(["unreadable_input"], Default.Classify(Looking.View(json)).Reasons);
    }

    [Theory]
    [InlineData("iVBORw0KGgoAAAANSUhEUgAA", true)]
    [InlineData("\\/9j\\/4AAQSkZJRgABAQAA", true)]
    [InlineData("R0lGODlhAQABAIAAAAAA", true)]
    [InlineData("UklGRiQAAABXRUJQVlA4IBAA", true)]
    [InlineData("AAAAHGZ0eXBhdmlmAAAAAGF2", true)]
    [InlineData("UklGRiQAAABXQVZFZm10IBAA", false)]
    [InlineData("SUQzBAAAAAAAI1RTU0UAAAAP", false)]
    [InlineData("JVBERi0xLjQKJcOkw7zDtsOf", false)]
    [InlineData("iVBORw0K", false)]
    public void AnImage_IsOneByItsBytes(string data, bool isImage)
    {
        var json = $$$"""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{data}}}"}}]}]}""";
        Assert.Equal(isImage ? [] : ["unreadable_input"], Default.Classify(Looking.View(json)).Reasons);
    }

    [Fact]
    public void TwoParts_DoNotMakeOneWord()
    {
        const string split = """{"messages":[{"content":[{"type":"text","text":"411111111"},{"type":"text","text":"1111111"}]}]}""";
        Assert.Empty(Default.Classify(Looking.View(split)).Reasons);
    }

    [Fact]
    public void WhatWasFound_IsFoundAgain_WithAndWithoutMemory()
    {
        var filler = string.Join(' ', Enumerable.Repeat("word", 500));
        foreach (var entries in (int[])[0, 1, 16])
        {
            var classifier = Looking.Classifier(o => o.CacheEntries = entries);
            for (var round = 0; round < 3; round++)
            {
                Assert.Equal(["card_number"], classifier.Classify(filler + Card.Insert(0, " ")).Reasons);
                Assert.Empty(classifier.Classify(filler).Reasons);
                Assert.Equal(["keyword", "email"], classifier.Classify(filler + " key jane@acme.com").Reasons);
            }
        }
    }

    [Fact]
    public void TheSameFindingInTwoMessages_CountsOnce()
    {
        var filler = new string('.', 600);
        Assert.Equal(0.45, Default.Classify(Looking.View($$$$$$"""{"messages":[{"content":"{{{{{{filler}}}}}} jane@acme.com"},{"content":"jane@acme.com {{{{{{filler}}}}}}"}]}""")).Score);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("\"4111111111111111\"")]
    [InlineData("""{"messages":[""")]
    [InlineData("""{"a":1}}""")]
    [InlineData("""{"messages":[{"content":"x"}],]}""")]
    public void WhatIsNoJson_IsSensitive(string json)
    {
        var verdict = Default.Classify(Looking.View(json));
        Assert.Equal((true, "unreadable_input"), (verdict.IsSensitive, Assert.Single(verdict.Reasons)));
    }

    [Fact]
    public void DeepNesting_IsReadToTheBottom()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 2000)) + $"\"{Card}\"" + string.Concat(Enumerable.Repeat("]", 2000));
        Assert.True(Default.Classify(Looking.View($$$$$$"""{"x":{{{{{{deep}}}}}}}""")).IsSensitive);
    }
}
