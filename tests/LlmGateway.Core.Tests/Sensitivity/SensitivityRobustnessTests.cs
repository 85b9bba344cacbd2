using System.Diagnostics;
using System.Text;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Sensitivity.Detectors;
using LlmGateway.Core.Sensitivity.Text;

namespace LlmGateway.Core.Tests.Sensitivity;

/// <summary>Nothing that a client sends makes classification fail, or take longer than its size explains.</summary>
public class SensitivityRobustnessTests
{
    private static readonly string[] Fragments =
    [
        "\\u", "\\ud83d", "\\ude00", "\\uFFFF", "\\uFFFE", "\\\\", "\\\"", "\\n", "\\", "\uFFFF", "\uD83D", "\uDE00", "é", "密", "\0", "\u200B", " ", "\n", "@", ".", "-", "+", "(", ")",
        "/", "=", ":", ";", "'", "0", "4111", "1111", "DE89", "eyJ", "sk-", "sk-ant-", "ghp_", "-----BEGIN", "PRIVATE KEY", "://", "password", "=\"", "tel", "a", "Z", "a1B2c3D4e5F6g7H8", "data:", ";base64,", "image/png", "key",
    ];

    private static readonly string[] Adversarial =
    [
        "1234567890", "e@", "a.a.a.", "-", "sk-", " sk-a1", "eyJ", "eyJaaaaaaaaaa.", "DE00 ", "DE00DE00 ", "1 2 3 4 ", "0 1 0 1 ", "+1 ", "4111 ", "pwd=", "pwd=a1a1a1a1 ", "://a:a", "a://a:b@c ", "a@b.cc ", "-----BEGIN ",
        "\\n", "\\\\", "\\u0061", "aB3", "aB3dE5gH7jK9mN1pQ2rS ", "(0", "(030) 1", "tel 0 1 ", "212-212-", "key ", "a@a.a.a.a.", "password : ", "密码", "\u200B", "   ",
    ];

    private static ISensitivityDetector[] Detectors =>
    [
        new KeywordDetector([.. SensitivityOptions.BuiltInKeywords.Append("a").Append("aa").Append("aaa").Select(k => Keyword.Parse(k, 0.8, 0.2)!)]), new SecretTokenDetector(), new JwtDetector(), new ConnectionStringDetector(),
        new CredentialDetector(), new HighEntropyDetector(), new EmailDetector(), new PhoneDetector(), new CardDetector(), new IbanDetector(), new NationalIdDetector(NationalIds.All),
    ];

    [Fact]
    public void AnyText_IsClassified()
    {
        var random = new Random(20);
        var classifier = Looking.Classifier(o => o.NationalIds.AddRange(NationalIds.All.Select(n => n.Kind.Name)));
        for (var round = 0; round < 3000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => Fragments[random.Next(Fragments.Length)]));
            foreach (var detector in Detectors)
            {
                Looking.Findings(detector, text);
            }

            Assert.InRange(classifier.Classify(text).Score, 0, 1);
        }
    }

    [Fact]
    public void AnyBytes_AreClassified()
    {
        var random = new Random(21);
        var classifier = Looking.Classifier();
        var bytes = Encoding.UTF8.GetBytes("""{"model":"m","messages":[{"role":"user","content":"4111 \ud83d\ude00 jane@acme.com é"}],"tools":[{"a":12345678}]}""");
        for (var round = 0; round < 5000; round++)
        {
            var broken = bytes.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            var view = new Core.Protocol.RequestView { Operation = Core.Protocol.Operation.Chat, Body = broken.AsMemory(0, random.Next(1, broken.Length + 1)) };
            Assert.InRange(classifier.Classify(view).Score, 0, 1);
        }
    }

    [Theory]
    [InlineData("\\u00e9\\\\n\\/\\\"\\q\\u12", "é\\n/\"qu12")]
    [InlineData("a\\", "a\\")]
    public void AnyEscape_IsDecoded(string json, string text)
    {
        var target = new char[json.Length];
        Assert.Equal(text, new string(target, 0, Escapes.Decode(Encoding.UTF8.GetBytes(json), target)));
    }

    [Fact]
    public void HalfAPairOfEscapes_StaysHalfAPair()
    {
        var target = new char[16];
        Assert.Equal(['\uDE00', '\uD83D', 'x'], target[..Escapes.Decode("\\ude00\\ud83dx"u8, target)]);
    }

    [Theory]
    [InlineData("a  b\t\r\n c", "a b\nc")]
    [InlineData("p\u0000a\u200Bss\uFEFF", "pass")]
    [InlineData("ＡＫＩＡ１２", "AKIA12")]
    [InlineData("a\u00A0b\u2013c\u2212d", "a b-c-d")]
    [InlineData("x\uFFFFy\uFFFEz", "xyz")]
    [InlineData("٠١٢ 😀é", "012 😀é")]
    public void WhatHidesWords_IsTakenOut(string text, string cleaned)
    {
        var chars = text.ToCharArray();
        Assert.Equal(cleaned, new string(chars, 0, TextCleaner.Clean(chars)));
    }

    /// <summary>Eight times the text must not take more than 40 times as long; a quadratic detector would take 64 times.</summary>
    [Fact]
    public void EightTimesTheText_TakesNotMuchMoreThanEightTimesAsLong()
    {
        foreach (var pattern in Adversarial)
        {
            var large = string.Concat(Enumerable.Repeat(pattern, (1 << 20) / pattern.Length));
            var small = large[..(large.Length / 8)];
            foreach (var detector in Detectors)
            {
                // Repeated, so that one pause of the machine does not decide. What is quick on the large text proves nothing and need not.
                Assert.True(
                    Enumerable.Range(0, 10).Any(_ => Measure(detector, large) is var slow && (slow < 20 || slow < 40 * Measure(detector, small))),
                    $"{detector.Name} on '{pattern}'");
            }
        }
    }

    private static double Measure(ISensitivityDetector detector, string text)
    {
        var findings = new FindingSet(16);
        var start = Stopwatch.GetTimestamp();
        detector.Scan(text, findings);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
