using System.Globalization;

namespace LlmGateway.Api.Tests.Resilience;

/// <summary>Streams that are held back, in part or whole, so that another provider can take over unnoticed.</summary>
public sealed class StreamModeTests
{
    private const string Text = "one two three four five";
    private const string Words = "!words 40";

    [Theory]
    [InlineData("hold", "cut;after=2", 2)]
    [InlineData("hold", "end;after=3", 2)]
    [InlineData("hold", "reset;after=2", 2)]
    [InlineData("hold", "malformed;after=2", 1)]
    [InlineData("hold", "error-event;after=2", 2)]
    [InlineData("buffered", "cut;after=2", 2)]
    [InlineData("buffered", "no-finish", 2)]
    [InlineData("buffered", "malformed;after=4", 1)]
    [InlineData("Buffered", "truncate;after=4", 1)]
    public async Task AStreamThatBreaksWhileItIsHeld_GoesOnAtTheSecond(string mode, string fault, int calls)
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        (await providers.With(0, fault).AskAsync(stream: true, mode: mode)).IsWhole(Text, calls + 1, "second");
        Assert.Equal([calls, 1], providers.Calls());
        var (_, outcome) = await providers.SettledAsync();
        Assert.Equal((null, "stop", true), (outcome.Error, outcome.FinishReason, outcome.Usage is not null));
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("buffered")]
    public async Task AStreamThatStallsWhileItIsHeld_GoesOnAtTheSecond(string mode)
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Providers:up:Timeouts:Idle", "00:00:01"), ("Routing:HoldTime", "00:10:00"));
        (await providers.With(0, "stall;after=2").AskAsync(stream: true, mode: mode)).IsWhole(Text, 2, "second");
        Assert.Equal([1, 1], providers.Calls());
    }

    [Fact]
    public async Task AStreamThatIsCutJustBeforeItsEnd_IsNotNoticedWhenItIsHeldWhole()
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        var whole = SseText.Parse((await providers.AskAsync(stream: true, Words)).Text);
        providers.With(0, string.Create(CultureInfo.InvariantCulture, $"cut;after={whole.Chunks.Count() - 1}"));
        (await providers.AskAsync(stream: true, Words, "buffered")).IsWhole(whole.Content(), 3, "second");
        (await providers.AskAsync(stream: true, Words, "passthrough")).IsBrokenOff(whole.Content(), "upstream_interrupted", 1);
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("buffered")]
    public async Task TheSameProvider_MayDoItRightTheSecondTime(string mode)
    {
        await using var providers = await FaultyProviders.StartAsync(1);
        (await providers.With(0, "cut;after=3;times=1").AskAsync(stream: true, mode: mode)).IsWhole(Text, 2);
        Assert.Equal([2], providers.Calls());
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("buffered")]
    public async Task WhenNobodyAnswersWhole_TheErrorHasAStatus(string mode)
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        (await providers.With(0, "cut;after=2").With(1, "malformed;after=2").AskAsync(stream: true, mode: mode)).IsError(502, "upstream_interrupted", 3);
        Assert.Equal([2, 1], providers.Calls());
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("buffered")]
    public async Task UsageAndFinishReason_AreThoseOfTheAnswer(string mode)
    {
        await using var providers = await FaultyProviders.StartAsync(1);
        const string members = "\"stream_options\":{\"include_usage\":true}";
        var plain = SseText.Parse((await providers.AskAsync(stream: true, Words, "passthrough", members: members)).Text);
        var held = SseText.Parse((await providers.AskAsync(stream: true, Words, mode, members: members)).Text);
        Assert.True(held.IsDone);
        Assert.Equal(plain.Events.Count, held.Events.Count);
        Assert.Equal(plain.Content(), held.Content());
        Assert.Equal(plain.Chunks.Last().GetProperty("usage").GetRawText(), held.Chunks.Last().GetProperty("usage").GetRawText());

        await providers.SettledAsync(2);
        var (first, second) = (providers.Ended[0].Outcome, providers.Ended[1].Outcome);
        Assert.Equal((first.Usage, "stop", null), (second.Usage, second.FinishReason, second.Error));
        Assert.NotNull(second.FirstChunk);
    }

    [Fact]
    public async Task AfterTheBytesOfHolding_ABreakIsNoticed()
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Routing:HoldBytes", "500"));
        providers.With(0, "cut;after=20");
        var answer = await providers.AskAsync(stream: true, Words, "hold");
        Assert.Contains("upstream_interrupted", answer.Text, StringComparison.Ordinal);
        answer.IsBrokenOff(SseText.Parse((await providers.AskAsync(stream: true, Words, "buffered")).Text).Content(), "upstream_interrupted", 1);
    }

    [Fact]
    public async Task AfterTheTimeOfHolding_ABreakIsNoticed()
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Providers:up:Timeouts:Idle", "00:00:05"), ("Routing:HoldTime", "00:00:00.1"));
        (await providers.With(0, "stall;after=2").AskAsync(stream: true, mode: "hold")).IsBrokenOff(Text, "upstream_timeout", 1);
        Assert.Equal([1, 0], providers.Calls());
    }

    [Fact]
    public async Task AStreamTooLargeToBeHeldWhole_IsAnErrorThatSaysWhatToChange()
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Routing:MaxBufferedBytes", "2000"));
        var error = (await providers.AskAsync(stream: true, Words, "buffered")).IsError(502, "upstream_invalid_response", 1);
        Assert.Equal("x-llm-gateway-stream-mode", error.GetProperty("param").GetString());
        Assert.Equal([1, 0], providers.Calls());
        (await providers.AskAsync(stream: true, mode: "buffered")).IsWhole(Text, 1);
    }

    [Fact]
    public async Task TheModeOfTheSettings_HoldsForWhoSaysNothing()
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Routing:StreamMode", "buffered"));
        providers.With(0, "cut;after=3");
        (await providers.AskAsync(stream: true)).IsWhole(Text, 3, "second");
        (await providers.AskAsync(stream: true, mode: "passthrough")).IsBrokenOff(Text, "upstream_interrupted", 1);
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("buffered")]
    public async Task WholeAnswers_AreNotTouched(string mode)
    {
        await using var providers = await FaultyProviders.StartAsync(1);
        (await providers.AskAsync(stream: false, mode: mode)).IsWhole(Text, 1);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("")]
    [InlineData("hold,buffered")]
    public async Task AModeThatThereIsNot_IsRefused(string mode)
    {
        await using var providers = await FaultyProviders.StartAsync(1);
        var answer = await providers.AskAsync(stream: true, mode: mode);
        Assert.Equal(400, answer.Status);
        var error = Json.Parse(answer.Text).GetProperty("error");
        Assert.Equal(("x-llm-gateway-stream-mode", "invalid_value"), (error.GetProperty("param").GetString(), error.GetProperty("code").GetString()));
        Assert.Contains("passthrough, hold, buffered", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal([0], providers.Calls());
    }
}
