using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Protocol;

/// <summary>Which words in the place of a finish reason tell that an answer is whole.</summary>
public class FinishReasonTests
{
    private const int Cases = 20_000;

    /// <summary>What a reason can be made of: blanks of all kinds, and signs that are no word.</summary>
    private static readonly string[] Nothing = [" ", "\t", "\n", "\r", "\u00a0", "\u2003", "\u200b", "\ufeff", "-", "_", ".", "\"", "\\", "/", "…", "?"];

    private static readonly string[] NoReason =
        ["null", "Null", "NULL", " none ", "None", "nil", "undefined", "error", "ERROR", "abort", "aborted", "cancelled", "timeout", "insufficient_system_resource", "network_error", "incomplete"];

    [Fact]
    public void RandomText_IsAReasonOnlyWhenItIsAWord()
    {
        var random = new Random(4711);
        for (var i = 0; i < Cases; i++)
        {
            var reason = random.Next(4) switch
            {
                0 => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => Nothing[random.Next(Nothing.Length)])),
                1 => NoReason[random.Next(NoReason.Length)] + new string(' ', random.Next(2)),
                2 => new string([.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => (char)random.Next('a', 'z' + 1))]),
                _ => Nothing[random.Next(Nothing.Length)] + "stop_" + random.Next(),
            };
            var tells = reason.Any(c => char.IsLetterOrDigit(c)) && !NoReason.Contains(reason.Trim(), StringComparer.OrdinalIgnoreCase) && !NoReason.Select(r => r.Trim()).Contains(reason.Trim(), StringComparer.OrdinalIgnoreCase);
            Assert.True(tells == Finishes(JsonSerializer.Serialize(reason)), $"case {i}: '{reason}'");
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("0")]
    [InlineData("{\"reason\":\"stop\"}")]
    [InlineData("[\"stop\"]")]
    public void WhatIsNoText_TellsNothing(string value) => Assert.False(Finishes(value));

    /// <summary>A stream and a whole answer with this value must be judged alike.</summary>
    private static bool Finishes(string value)
    {
        var stream = new StreamInspector();
        Assert.Equal(ChunkKind.Delta, stream.Inspect(Encoding.UTF8.GetBytes($$$"""{"choices":[{"index":0,"delta":{"content":"The answer is "},"finish_reason":{{{value}}}}]}""")));
        var whole = AnswerInspector.Inspect(
            new ExpectedAnswer(Operation.Chat), Encoding.UTF8.GetBytes($$$"""{"choices":[{"index":0,"message":{"content":"The answer is "},"finish_reason":{{{value}}}}]}"""));
        Assert.Equal(stream.IsWhole, whole.Kind == AnswerKind.Answer);
        Assert.Equal(stream.IsWhole, stream.FinishReason is not null);
        return stream.IsWhole;
    }
}
