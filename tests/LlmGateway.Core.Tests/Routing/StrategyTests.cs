using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Routing.Strategies;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Routing;

public sealed class StrategyTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<ModelTarget> _targets = [];

    [Fact]
    public void Priority_AsksLowerNumbersFirst_AndKeepsTheOrderAmongEquals()
    {
        Add("c", t => t with { Priority = 1 });
        Add("a");
        Add("b");
        Assert.Equal(["a", "b", "c"], Order("priority"));
    }

    [Fact]
    public void Weighted_GivesEachItsShareOfFirstPlaces()
    {
        Add("a", t => t with { Weight = 3 });
        Add("b", t => t with { Weight = 1 });
        var random = new Random(7);
        var first = Enumerable.Range(0, 4000).Count(_ => Order("weighted", random)[0] == "a");
        Assert.InRange(first, 2850, 3150);
    }

    [Fact]
    public void Cost_AsksTheCheapestFirst_AndUnknownPricesLast()
    {
        Add("unknown");
        Add("dear", t => t with { Prices = new ModelPrices(10, 30) });
        Add("free", t => t with { Prices = ModelPrices.Free });
        Add("cheap", t => t with { Prices = new ModelPrices(0.1m, 0.4m) });
        Assert.Equal(["free", "cheap", "dear", "unknown"], Order("cost"));
    }

    [Fact]
    public void Cost_WeighsPromptAgainstAnswer()
    {
        Add("prompt", t => t with { Prices = new ModelPrices(10, 1) });
        Add("answer", t => t with { Prices = new ModelPrices(1, 10) });
        Assert.Equal("prompt", Order("cost", maxTokens: 1000)[0]);
        Assert.Equal("answer", Order("cost", maxTokens: 1, promptTokens: 1000)[0]);
    }

    [Theory]
    [InlineData("latency")]
    [InlineData("least-busy")]
    public async Task OfTwo_TheBetterComesFirst(string strategy)
    {
        Add("slow");
        Add("fast");
        _targets[0].State.RecordLatency(TimeSpan.FromSeconds(2));
        _targets[1].State.RecordLatency(TimeSpan.FromMilliseconds(20));
        await _targets[0].State.Admission.EnterAsync(RequestPriority.Normal, 1, TimeSpan.Zero, CancellationToken.None);
        var random = new Random(3);
        Assert.All(Enumerable.Range(0, 50), _ => Assert.Equal("fast", Order(strategy, random)[0]));
    }

    [Fact]
    public void Latency_NeverAsksTheWorstOfThreeFirst_AndSpreadsOverTheOthers()
    {
        Add("worst");
        Add("good");
        Add("better");
        _targets[0].State.RecordLatency(TimeSpan.FromSeconds(5));
        _targets[1].State.RecordLatency(TimeSpan.FromSeconds(0.2));
        _targets[2].State.RecordLatency(TimeSpan.FromSeconds(0.1));
        var random = new Random(3);
        var first = Enumerable.Range(0, 300).Select(_ => Order("latency", random)[0]).ToArray();
        Assert.DoesNotContain("worst", first);
        Assert.Contains("good", first);
        Assert.Contains("better", first);
    }

    [Fact]
    public void Auto_PutsTheOperatorsPriorityAboveAll()
    {
        Add("dear", t => t with { Prices = new ModelPrices(100, 100) });
        Add("free", t => t with { Prices = ModelPrices.Free, Priority = 1 });
        Assert.Equal(["dear", "free"], Order("auto"));
    }

    [Fact]
    public void Auto_PrefersWhatIsCheapFastIdleAndLoaded()
    {
        Add("dear", t => t with { Prices = new ModelPrices(100, 100) });
        Add("cold", t => t with { Prices = ModelPrices.Free });
        Add("warm", t => t with { Prices = ModelPrices.Free });
        var fleet = new FleetView([Node("cold", loaded: false), Node("warm", loaded: true)]);
        Assert.Equal("warm", Order("auto", fleet: fleet)[0]);
        Assert.Equal("cold", Order("auto", fleet: fleet)[1]);
    }

    private static NodeModels Node(string name, bool loaded) => new(name) { BaseUrl = "http://node", Reachable = true, Models = [new NodeModel("m", 1, loaded)] };

    private void Add(string name, Func<ModelTarget, ModelTarget>? change = null)
    {
        var target = new ModelTarget("m", new FakeProvider(name), "m", 0, name) { State = new TargetRegistry(_time).Get(name, "m") };
        _targets.Add(change is null ? target : change(target));
    }

    private string[] Order(string strategy, Random? random = null, int maxTokens = 100, long promptTokens = 100, FleetView? fleet = null)
    {
        var view = Views.Good($$"""{"model":"m","max_tokens":{{maxTokens}},"messages":[{"role":"user","content":"hi"}]}""");
        var scores = new double[_targets.Count];
        RoutingStrategies.Get(strategy).Score(_targets.ToArray(), scores, new RoutingContext(view, promptTokens, fleet ?? FleetView.Empty, random ?? new Random(1)));
        return [.. _targets.Select((t, i) => (t.Provider.Name, Score: scores[i])).OrderBy(t => t.Score).Select(t => t.Name)];
    }
}
