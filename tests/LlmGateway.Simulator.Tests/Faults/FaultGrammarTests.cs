using LlmGateway.Simulator.Faults;

namespace LlmGateway.Simulator.Tests.Faults;

public sealed class FaultGrammarTests
{
    [Fact]
    public void Spellings_MeanTheSame()
    {
        var header = FaultGrammar.Parse("error-event;after=2;times=3, no-done ,timing;first=2000;tps=5.5");
        var suffix = FaultGrammar.ParseModelSuffix("error-event-after-2-times-3+no-done+timing-first-2000-tps-5.5");
        Assert.Equal(header.Select(f => f with { Text = "" }), suffix.Select(f => f with { Text = "" }));
        Assert.Equal(new Fault(FaultKind.Timing) { FirstTokenMilliseconds = 2000, TokensPerSecond = 5.5, Text = "timing;first=2000;tps=5.5" }, header[2]);
        Assert.Equal(header[2], FaultGrammar.ParseTiming("first=2000;tps=5.5"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryKind_HasASpellingInBothForms(FaultKind kind)
    {
        Assert.Equal(kind, Assert.Single(FaultGrammar.Parse(FaultGrammar.Spell(kind))).Kind);
        Assert.Equal((kind, 4), Assert.Single(FaultGrammar.ParseModelSuffix(FaultGrammar.Spell(kind) + "-after-4")) is var f ? (f.Kind, f.After ?? 0) : default);
    }

    [Theory]
    [InlineData("cut-after")]
    [InlineData("unknown")]
    [InlineData("cut-after--3")]
    public void BadSuffixes_AreRefused(string suffix) => Assert.Throws<FormatException>(() => FaultGrammar.ParseModelSuffix(suffix));

    public static TheoryData<FaultKind> Kinds => [.. Enum.GetValues<FaultKind>()];
}
