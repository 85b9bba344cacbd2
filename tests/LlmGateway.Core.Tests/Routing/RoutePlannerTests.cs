using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Routing;

/// <summary>Whom the planner lets through, in which order, and what it says about the others.</summary>
public sealed class RoutePlannerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly RoutingOptions _options = new();
    private readonly List<(IModelProvider, ProviderOptions)> _providers = [];
    private SensitivityVerdict _verdict = SensitivityVerdict.None;
    private string? _only;
    private string[] _allowed = [];

    [Fact]
    public void SensitiveContent_LeavesOnlyHighSecurity()
    {
        Add("cloud", p => p.SecurityLevel = SecurityLevel.Medium);
        Add("own", p => p.SecurityLevel = SecurityLevel.High);
        Assert.Equal(["cloud/m", "own/m"], Candidates(Plan()));
        _verdict = new SensitivityVerdict(1, SecurityLevel.High, ["keyword"]);
        var plan = Plan();
        Assert.Equal(["own/m"], Candidates(plan));
        Assert.Equal(["cloud/m:security"], Rejected(plan));
    }

    [Fact]
    public async Task SensitiveContent_WithoutASecureTarget_IsRefused_EvenWhenASecureOneWasNamedAsFallback()
    {
        Add("cloud", p => p.Models["m"].SecurityLevel = SecurityLevel.Medium);
        Add("other", p => p.SecurityLevel = SecurityLevel.Medium, "n");
        _options.Fallbacks["m"] = [new FallbackOptions { Model = "n" }];
        _verdict = new SensitivityVerdict(1, SecurityLevel.High, ["keyword"]);
        var (answer, _) = await RouteAsync();
        Assert.Equal(GatewayErrorCode.SensitiveContent, Assert.IsType<ErrorAnswer>(answer).Error.Code);
        Assert.All(_providers, p => Assert.Empty(((FakeProvider)p.Item1).Calls));
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f"}}]}""", "tools")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""", "vision")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{}}}}""", "json_schema")]
    public async Task WhatAModelCannotDo_GoesToOneThatCan_OrIsRefusedByName(string body, string capability)
    {
        Add("plain", p => p.Models["m"].Capabilities.Add("chat"));
        var (answer, _) = await RouteAsync(body);
        var error = Assert.IsType<ErrorAnswer>(answer).Error;
        Assert.Equal(GatewayErrorCode.UnsupportedOperation, error.Code);
        Assert.Contains(capability, error.Message, StringComparison.Ordinal);

        Add("able", p => p.Models["m"].Capabilities.AddRange(["chat", capability]));
        Add("unknown");
        Assert.Equal(["able/m", "unknown/m"], Candidates(Plan(body)));
    }

    [Fact]
    public void WhatProbablyDoesNotFit_ComesLast_AndWhatCannotFit_NotAtAll()
    {
        Add("small", p => p.Models["m"].ContextLength = 100);
        Add("large", p => p.Models["m"].ContextLength = 100_000);
        var text = new string('a', 2000);
        Assert.Equal(["large/m", "small/m"], Candidates(Plan($$"""{"model":"m","messages":[{"role":"user","content":"{{text}}"}]}""")));
        var plan = Plan("""{"model":"m","max_tokens":500,"messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal(["large/m"], Candidates(plan));
        Assert.Equal(["small/m:context_length"], Rejected(plan));
    }

    [Fact]
    public void TargetsThatRest_ComeAfterOthers_AndFallbacksAfterAll()
    {
        Add("a");
        Add("b");
        Add("spare", null, "n");
        _options.Fallbacks["*"] = [new FallbackOptions { Model = "n" }, new FallbackOptions { MaxTokens = 5 }];
        var directory = Directory();
        directory.Current.Route("a/m")!.Targets[0].State.CoolDown(new GatewayError(GatewayErrorCode.UpstreamRateLimited, "x") { RetryAfter = TimeSpan.FromSeconds(1) }, _options);
        var plan = Plan(directory: directory);
        Assert.Equal(["b/m", "a/m", "spare/n", "b/m", "a/m"], Candidates(plan));
        Assert.Equal([false, false, true, true, true], plan.Candidates.Select(c => c.Fallback is not null));
        _options.EnableFallbacks = false;
        Assert.Equal(["b/m", "a/m"], Candidates(Plan(directory: directory)));
    }

    [Fact]
    public void AnEndpointName_ReachesThatServerOnly_AndTheProvidersName_All()
    {
        var (one, two) = (new FakeProvider("vllm/one"), new FakeProvider("vllm/two"));
        var options = new ProviderOptions { Models = { ["m"] = new ModelOptions() } };
        var catalogue = new Catalogue(
            [new ConfiguredProvider(one, options) { Group = "vllm", Node = "one" }, new ConfiguredProvider(two, options) { Group = "vllm", Node = "two" }],
            new Dictionary<string, AliasOptions> { ["both"] = AliasOptions.Of("vllm/two/m", "vllm/m") });
        var snapshot = new ModelDirectory(catalogue, new Core.Resilience.TargetRegistry(_time), _time).Current;
        Assert.Equal(["vllm/one", "vllm/two"], Names("m"));
        Assert.Equal(["vllm/one", "vllm/two"], Names("vllm/m"));
        Assert.Equal(["vllm/two"], Names("vllm/two/m"));
        Assert.Equal(["vllm/two", "vllm/one"], Names("both"));
        Assert.Equal(["vllm/one", "vllm/two"], Names("auto"));
        Assert.Equal(["both", "m"], snapshot.Models.Select(m => m.Name));

        string[] Names(string name) => [.. snapshot.Route(name)!.Targets.Select(t => t.Provider.Name)];
    }

    [Fact]
    public void Auto_LeavesOutWhatCannotChat_ByItsName()
    {
        Add("a", null, "nomic-embed-text");
        Add("b", null, "llama3.2");
        var plan = Plan(Views.ChatJson().Replace("\"m\"", "\"auto\"", StringComparison.Ordinal));
        Assert.Equal(["b/llama3.2"], Candidates(plan));
        Assert.Equal("auto", plan.Strategy);
    }

    [Fact]
    public void ADecision_IsDescribedInOneLine()
    {
        Add("cloud");
        Add("own", p => p.SecurityLevel = SecurityLevel.High);
        _verdict = new SensitivityVerdict(1, SecurityLevel.High, ["keyword"]);
        Assert.Equal("priority; candidates=1; rejected=cloud/m:security", Plan().Describe());
    }

    [Fact]
    public void ARequestForOneProvider_StaysThere()
    {
        Add("a");
        Add("b");
        Add("spare", null, "n");
        _options.Fallbacks["*"] = [new FallbackOptions { Model = "n" }];
        _only = "b";
        var plan = Plan();
        Assert.Equal(["b/m"], Candidates(plan));
        Assert.Equal(["a/m:provider", "spare/n:provider"], Rejected(plan));

        _only = "nobody";
        plan = Plan();
        Assert.Empty(plan.Candidates);
        Assert.Equal(GatewayErrorCode.ModelNotFound, Router.Refusal(Request(null), plan)!.Code);
    }

    [Fact]
    public void FallbacksOfAllModels_AreNotForEmbeddings()
    {
        const string body = """{"model":"m","input":"x"}""";
        Add("a");
        Add("spare", null, "n");
        _options.Fallbacks["*"] = [new FallbackOptions { Model = "n" }];
        Assert.Equal(["a/m"], Candidates(Plan(body, operation: Operation.Embeddings)));
        _options.Fallbacks["m"] = [new FallbackOptions { Model = "n" }];
        Assert.Equal(["a/m", "spare/n"], Candidates(Plan(body, operation: Operation.Embeddings)));
    }

    private void Add(string name, Action<ProviderOptions>? change = null, string model = "m")
    {
        var options = new ProviderOptions { Models = { [model] = new ModelOptions() } };
        change?.Invoke(options);
        _providers.Add((new FakeProvider(name), options));
    }

    private ModelDirectory Directory() => Routes.Directory(_time, [.. _providers]);

    private GatewayRequest Request(string? body, Operation operation = Operation.Chat) =>
        new("r", Views.Good(body ?? Views.ChatJson(), operation), new Caller("k") { AllowedModels = _allowed }, CancellationToken.None) { StartTimestamp = 1, Sensitivity = _verdict, OnlyProvider = _only };

    /// <summary>A key keeps to its models on every way to a target: by name, by alias, by the gateway's choice and by fallback.</summary>
    [Fact]
    public async Task AKey_KeepsToItsModels()
    {
        Add("a");
        Add("b", null, "n");
        _options.Fallbacks["m"] = [new FallbackOptions { Model = "n" }];
        Assert.Equal(["a/m", "b/n"], Candidates(Plan()));
        _allowed = ["m"];
        var plan = Plan();
        Assert.Equal(["a/m"], Candidates(plan));
        Assert.Equal(["b/n:permission"], Rejected(plan));
        Assert.Equal(["a/m"], Candidates(Plan("""{"model":"auto","messages":[{"role":"user","content":"hi"}]}""")));
        Assert.Empty(Candidates(Plan("""{"model":"b/n","messages":[{"role":"user","content":"hi"}]}""")));

        _allowed = ["a/m"];
        Assert.Equal(["a/m"], Candidates(Plan()));
        _allowed = ["some-other-model"];
        var (answer, _) = await RouteAsync();
        Assert.Equal(GatewayErrorCode.Forbidden, Assert.IsType<ErrorAnswer>(answer).Error.Code);
        Assert.All(_providers, p => Assert.Empty(((FakeProvider)p.Item1).Calls));
    }

    private RoutePlan Plan(string? body = null, ModelDirectory? directory = null, Operation operation = Operation.Chat) =>
        Routes.Router(directory ?? Directory(), options: _options, time: _time).Explain(Request(body, operation))!;

    private async Task<(GatewayAnswer Answer, GatewayRequest Request)> RouteAsync(string? body = null)
    {
        var request = Request(body);
        return (await Routes.Router(Directory(), options: _options, time: _time).RouteAsync(request), request);
    }

    private static string[] Candidates(RoutePlan plan) => [.. plan.Candidates.Select(c => c.Target.ToString())];

    private static string[] Rejected(RoutePlan plan) => [.. plan.Rejected.Select(r => $"{r.Target}:{r.Reason}")];
}
