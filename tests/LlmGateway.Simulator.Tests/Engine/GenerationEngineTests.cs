using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator.Tests.Engine;

public sealed class GenerationEngineTests
{
    private static readonly SimulatedModel Model = new() { Name = "m" };

    private static readonly ToolDefinition Weather = new("get_weather", "Current weather of a city", JsonDocument.Parse(
        """{"type":"object","properties":{"city":{"type":"string"},"unit":{"type":"string","enum":["celsius","fahrenheit"]}},"required":["city","unit"],"additionalProperties":false}""").RootElement);

    private static readonly ToolDefinition Stocks = new("stock_price", "Price of a share", null);

    private static GenerationRequest Ask(string text) => new() { Model = "m", Messages = [new(MessageRole.User, text)] };

    private static GeneratedChoice One(GenerationRequest request) => Assert.Single(GenerationEngine.Generate(request, Model).Choices);

    [Fact]
    public void SameRequestAndSeed_GivesSameAnswer() =>
        Assert.Equal(One(Ask("Why is the sky blue?") with { Seed = 7 }).Text, One(Ask("Why is the sky blue?") with { Seed = 7 }).Text);

    [Fact]
    public void SeedsAndChoices_AllDiffer()
    {
        var texts = Enumerable.Range(0, 200).Select(seed => One(Ask("Hi there") with { Seed = seed }).Text).ToList();
        Assert.Equal(200, texts.Distinct().Count());
        var choices = GenerationEngine.Generate(Ask("Hi there") with { Choices = 64 }, Model).Choices;
        Assert.Equal(64, choices.Select(c => c.Text).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 64), choices.Select(c => c.Index));
    }

    [Fact]
    public void Answer_QuotesThePromptWithItsEmoji()
    {
        var text = One(Ask("Was heißt „schön“ 🌈 auf Englisch?")).Text;
        Assert.Contains("Was heißt „schön“ 🌈 auf Englisch?", text, StringComparison.Ordinal);
    }

    [Fact]
    public void LongPrompt_UnusualCharactersAreEchoedThoughTheQuoteIsCut()
    {
        var text = One(Ask(new string('x', 600) + " 👨‍👩‍👧 ñ")).Text;
        Assert.Contains("I also noticed 👨‍👩‍👧 ñ.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Conversation_IsRemembered()
    {
        var request = new GenerationRequest
        {
            Model = "m",
            Messages = [new(MessageRole.System, "Be kind"), new(MessageRole.User, "I am Ada"), new(MessageRole.Assistant, "Hello"), new(MessageRole.User, "Who am I?")],
        };
        Assert.Contains("Earlier you said “I am Ada”", One(request).Text, StringComparison.Ordinal);
        Assert.Contains("“Be kind”", One(request).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("!echo ", "")]
    [InlineData("!echo exactly\nthis 🙂", "exactly\nthis 🙂")]
    public void Echo_AnswersTheRest(string prompt, string expected) => Assert.Equal(expected, One(Ask(prompt)).Text);

    [Fact]
    public void Words_AnswersThatManyWords() =>
        Assert.Equal(500, One(Ask("!words 500")).Text.Split(' ').Length);

    [Fact]
    public void MaxTokens_CutsWithLength()
    {
        var choice = One(Ask("!words 100") with { MaxTokens = 10 });
        Assert.Equal(FinishReason.Length, choice.FinishReason);
        Assert.Equal(10, choice.Tokens.Count);
        Assert.Equal(10, choice.CompletionTokens);
    }

    [Theory]
    [InlineData("!echo one two three", "o th", "one tw")]
    [InlineData("!echo one two three", "two", "one ")]
    [InlineData("!echo one two three", "one", "")]
    [InlineData("!echo one two three", "absent", "one two three")]
    public void Stop_CutsBeforeTheStringAlsoAcrossTokens(string prompt, string stop, string expected)
    {
        var choice = One(Ask(prompt) with { Stop = [stop] });
        Assert.Equal(expected, choice.Text);
        Assert.Equal(FinishReason.Stop, choice.FinishReason);
        Assert.Equal(choice.Tokens.Count, choice.CompletionTokens);
        Assert.DoesNotContain("", choice.Tokens);
    }

    [Fact]
    public void Stop_BehindTheTokenLimit_FinishesWithLength() =>
        Assert.Equal(FinishReason.Length, One(Ask("!echo one two three") with { Stop = ["three"], MaxTokens = 2 }).FinishReason);

    [Fact]
    public void Usage_CountsMessagesAndTokens()
    {
        var generation = GenerationEngine.Generate(Ask("Hello world") with { Choices = 3 }, Model);
        Assert.Equal(2 + (2 * GenerationEngine.MessageOverhead), generation.PromptTokens);
        Assert.Equal(generation.Choices.Sum(c => c.Tokens.Count), generation.CompletionTokens);
    }

    [Fact]
    public void Context_PromptThatDoesNotFit_IsRefused()
    {
        var error = Assert.Throws<SimulatorException>(() => GenerationEngine.Generate(Ask("one two three four"), Model with { ContextLength = 5 }));
        Assert.Equal(("context_length_exceeded", 400), (error.Code, error.Status));
    }

    [Fact]
    public void Context_AnswerIsCutAtItsEnd()
    {
        var generation = GenerationEngine.Generate(Ask("!words 100"), Model with { ContextLength = 30 });
        Assert.Equal(30, generation.PromptTokens + generation.CompletionTokens);
        Assert.Equal(FinishReason.Length, generation.Choices[0].FinishReason);
    }

    [Fact]
    public void Auto_CallsTheToolThePromptMentions()
    {
        var choice = One(Ask("What is the weather in Paris in fahrenheit?") with { Tools = [Weather, Stocks] });
        var call = Assert.Single(choice.ToolCalls);
        Assert.Equal("get_weather", call.Name);
        Assert.Equal("""{"city":"Paris","unit":"fahrenheit"}""", call.Arguments);
        Assert.Equal(FinishReason.ToolCalls, choice.FinishReason);
        Assert.Empty(choice.Tokens);
        Assert.StartsWith("call_", call.Id, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_WithoutAMatch_AnswersText() => Assert.Empty(One(Ask("Tell me a joke") with { Tools = [Weather, Stocks] }).ToolCalls);

    [Fact]
    public void Parallel_CallsEveryMatchingTool_UnlessSwitchedOff()
    {
        var both = Ask("weather in Rome and the share price") with { Tools = [Weather, Stocks] };
        Assert.Equal(["get_weather", "stock_price"], One(both).ToolCalls.Select(c => c.Name));
        Assert.Equal(2, One(both).ToolCalls.Select(c => c.Id).Distinct().Count());
        Assert.Single(One(both with { ParallelToolCalls = false }).ToolCalls);
    }

    [Fact]
    public void Choice_NoneRequiredNamed()
    {
        var ask = Ask("the weather please") with { Tools = [Weather, Stocks] };
        Assert.Empty(One(ask with { ToolChoice = ToolChoice.None }).ToolCalls);
        Assert.Equal("stock_price", Assert.Single(One(ask with { ToolChoice = new(ToolChoiceMode.Named, "stock_price") }).ToolCalls).Name);
        Assert.Equal("get_weather", Assert.Single(One(Ask("a joke") with { Tools = [Weather, Stocks], ToolChoice = ToolChoice.Required }).ToolCalls).Name);
    }

    [Fact]
    public void ToolResult_IsQuoted()
    {
        var ask = Ask("weather in Paris") with { Tools = [Weather] };
        var call = One(ask).ToolCalls[0];
        var after = ask with
        {
            Messages = [.. ask.Messages, new(MessageRole.Assistant, "") { ToolCalls = [call] }, new(MessageRole.Tool, "{\"temp\":21}") { ToolCallId = call.Id }],
        };
        Assert.Empty(One(after).ToolCalls);
        Assert.Contains("get_weather returned “{\"temp\":21}”", One(after).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void MaxTokens_CutsToolArgumentsWithLength()
    {
        var choice = One(Ask("weather in Paris") with { Tools = [Weather], MaxTokens = 8 });
        Assert.Equal(FinishReason.Length, choice.FinishReason);
        Assert.Equal(8, choice.CompletionTokens);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(choice.ToolCalls[0].Arguments));
    }

    [Fact]
    public void JsonObject_AnswersAnObject()
    {
        var choice = One(Ask("Say \"hi\" 😀") with { ResponseFormat = ResponseFormat.JsonObject });
        using var json = JsonDocument.Parse(choice.Text);
        Assert.Equal("Say \"hi\" 😀", json.RootElement.GetProperty("question").GetString());
        Assert.Contains("😀", choice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Logprobs_OnePerTokenWithItselfFirst()
    {
        var choice = One(Ask("!echo one two three") with { Logprobs = true, TopLogprobs = 3 });
        Assert.Equal(choice.Tokens, choice.Logprobs!.Select(l => l.Token));
        Assert.All(choice.Logprobs!, l =>
        {
            Assert.True(l.Logprob <= 0);
            Assert.Equal(3, l.Top.Select(t => t.Token).Distinct().Count());
            Assert.Equal((l.Token, l.Logprob), l.Top[0]);
        });
    }
}
