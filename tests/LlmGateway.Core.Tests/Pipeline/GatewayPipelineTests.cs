using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Pipeline;

public class GatewayPipelineTests
{
    private readonly List<string> _log = [];
    private readonly FakeProvider _provider = new("alpha");

    [Fact]
    public async Task Stages_RunInTheOrderOfTheirRegistrationAndTheRouterLast()
    {
        _provider.Answer = _ =>
        {
            _log.Add("provider");
            return FakeProvider.JsonAnswer("{}");
        };
        await AnswerAsync(new Stage("a", _log), new Stage("b", _log), new Stage("c", _log));
        Assert.Equal(["a in", "b in", "c in", "provider", "c out", "b out", "a out"], _log);
    }

    [Fact]
    public async Task AStage_MayAnswerByItself()
    {
        var (answer, request) = await AnswerAsync(new Stage("a", _log), new Stage("b", _log) { Answers = true }, new Stage("c", _log));
        Assert.IsType<ErrorAnswer>(answer);
        Assert.Equal(["a in", "b in", "a out"], _log);
        Assert.Empty(_provider.Calls);
        Assert.Equal(0, request.Attempts);
    }

    [Theory]
    [InlineData(Operation.Chat, "messages", """[{"role":"user","content":"hi"}]""")]
    [InlineData(Operation.Completion, "prompt", "\"p\"")]
    [InlineData(Operation.Embeddings, "input", "\"p\"")]
    public async Task TheRouter_CallsTheVerbOfTheOperation(Operation operation, string field, string value)
    {
        var view = Views.Good($$"""{"model":"m","{{field}}":{{value}}}""", operation);
        var (_, request) = await AnswerAsync(view);
        var call = Assert.Single(_provider.Calls);
        Assert.Equal(operation, call.Operation);
        Assert.Equal("upstream-m", call.Call.Model);
        Assert.Equal(("alpha", "upstream-m", 1), (request.Provider, request.UpstreamModel, request.Attempts));
    }

    [Fact]
    public async Task AnUnknownModel_IsAnErrorThatNamesIt()
    {
        var (answer, request) = await AnswerAsync(Views.Good("""{"model":"nobody's","messages":[{"role":"user","content":"hi"}]}"""));
        var error = Assert.IsType<ErrorAnswer>(answer).Error;
        Assert.Equal((GatewayErrorCode.ModelNotFound, "model"), (error.Code, error.Param));
        Assert.Contains("nobody's", error.Message, StringComparison.Ordinal);
        Assert.Null(request.Provider);
    }

    [Fact]
    public async Task AnUnknownModelOfEndlessName_IsNotRepeatedWhole()
    {
        var (answer, _) = await AnswerAsync(Views.Good($$"""{"model":"{{new string('x', 1_000_000)}}","messages":[{"role":"user","content":"hi"}]}"""));
        Assert.InRange(Assert.IsType<ErrorAnswer>(answer).Error.Message.Length, 1, 1000);
    }

    private Task<(GatewayAnswer Answer, GatewayRequest Request)> AnswerAsync(params IGatewayStage[] stages) =>
        AnswerAsync(Views.Good(Views.ChatJson()), stages);

    private async Task<(GatewayAnswer Answer, GatewayRequest Request)> AnswerAsync(RequestView view, params IGatewayStage[] stages)
    {
        var options = new ProviderOptions { Models = { ["m"] = new ModelOptions { UpstreamName = "upstream-m" } } };
        var directory = Routes.Directory(new ManualTimeProvider(), (_provider, options));
        var request = new GatewayRequest("r", view, new Caller("k"), CancellationToken.None) { StartTimestamp = 1 };
        return (await new GatewayPipeline(stages, Routes.Router(directory)).AnswerAsync(request), request);
    }

    private sealed class Stage(string name, List<string> log) : IGatewayStage
    {
        public bool Answers { get; init; }

        public async ValueTask<GatewayAnswer> InvokeAsync(GatewayRequest request, GatewayHandler next)
        {
            log.Add($"{name} in");
            if (Answers)
            {
                return new ErrorAnswer(new GatewayError(GatewayErrorCode.Forbidden, "no"));
            }

            var answer = await next(request);
            log.Add($"{name} out");
            return answer;
        }
    }
}
