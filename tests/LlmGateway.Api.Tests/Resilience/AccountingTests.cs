using System.Globalization;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Tests.Resilience;

/// <summary>Usage, cost and names are those of the target that answered, whoever was asked before it.</summary>
public sealed class AccountingTests
{
    private static readonly (string, string?)[] Prices =
    [
        ("Providers:up:Models:sim-fast:Prices:Input", "1"), ("Providers:up:Models:sim-fast:Prices:Output", "2"),
        ("Providers:second:Models:sim-fast:Prices:Input", "30"), ("Providers:second:Models:sim-fast:Prices:Output", "70"),
    ];

    [Theory]
    [InlineData("", false, 0)]
    [InlineData("", true, 0)]
    [InlineData("status;code=503", false, 1)]
    [InlineData("status;code=503", true, 1)]
    [InlineData("reset", false, 1)]
    [InlineData("reset", true, 1)]
    public async Task TheTargetThatAnswers_IsCharged(string fault, bool stream, int answers)
    {
        await using var providers = await FaultyProviders.StartAsync(2, Prices);
        var answer = await providers.With(0, fault).AskAsync(stream, members: stream ? "\"stream_options\":{\"include_usage\":true}" : "");
        Assert.Equal(200, answer.Status);
        var told = stream ? SseText.Parse(answer.Text).Chunks.Last().GetProperty("usage") : Json.Parse(answer.Text).GetProperty("usage");
        var usage = new TokenUsage(told.GetProperty("prompt_tokens").GetInt32(), told.GetProperty("completion_tokens").GetInt32());
        var (input, output) = answers == 0 ? (1m, 2m) : (30m, 70m);
        var cost = ((usage.PromptTokens * input) + (usage.CompletionTokens * output)) / 1_000_000m;

        var (request, outcome) = await providers.SettledAsync();
        var provider = answers == 0 ? "up" : "second";
        Assert.Equal((provider, "sim-fast", providers.Calls().Sum()), (request.Provider, request.UpstreamModel, request.Attempts));
        Assert.Equal((usage.PromptTokens, usage.CompletionTokens), (outcome.Usage!.Value.PromptTokens, outcome.Usage!.Value.CompletionTokens));
        Assert.Equal((cost, "stop", null), (outcome.Cost, outcome.FinishReason, outcome.Error));
        Assert.True(cost > 0);

        Assert.Equal((provider, "sim-fast"), (answer.Provider, answer.Header("x-llm-gateway-model")));
        Assert.Equal(request.Attempts.ToString(CultureInfo.InvariantCulture), answer.Header("x-llm-gateway-attempts"));
        Assert.Equal(stream ? null : cost.ToString("0.############", CultureInfo.InvariantCulture), answer.Header("x-llm-gateway-cost"));
    }

    [Fact]
    public async Task WithoutAnAnswer_NothingIsCharged()
    {
        await using var providers = await FaultyProviders.StartAsync(2, Prices);
        (await providers.With(0, "status;code=500").With(1, "status;code=500").AskAsync(stream: false)).IsError(502, "upstream_error", 4);
        var (request, outcome) = await providers.SettledAsync();
        Assert.Equal((4, 0m, null, GatewayErrorCode.UpstreamError), (request.Attempts, outcome.Cost, outcome.Usage, outcome.Error?.Code));
    }

    [Fact]
    public async Task AFallback_AnswersWithItsOwnNameAndPrice()
    {
        await using var providers = await FaultyProviders.StartAsync(
            1, ("Routing:Fallbacks:sim-fast:0:Model", "sim-other"), ("Routing:Fallbacks:sim-fast:0:MaxTokens", "3"),
            ("Providers:up:Models:sim-other:Prices:Output", "1000000"), ("Providers:up:Models:sim-fast:Prices:Output", "5"));
        var answer = await providers.With(0, "status;code=500").AskAsync(stream: false, "!words 50");
        Assert.Equal(200, answer.Status);
        Assert.Equal(("sim-other", "3", "1"), (answer.Header("x-llm-gateway-model"), answer.Header("x-llm-gateway-attempts"), answer.Header("x-llm-gateway-fallbacks")));
        var (request, outcome) = await providers.SettledAsync();
        Assert.Equal((1, "length", 3m), (request.Fallbacks, outcome.FinishReason, outcome.Cost));
        Assert.Equal(["sim-fast", "sim-fast", "sim-other"], providers.Chats(0).Select(r => r.Model));
    }
}
