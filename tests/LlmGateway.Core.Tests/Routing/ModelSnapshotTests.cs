using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;

namespace LlmGateway.Core.Tests.Routing;

public class ModelSnapshotTests
{
    private readonly List<ProviderState> _providers = [];
    private readonly Dictionary<string, string> _aliases = [];

    [Fact]
    public void ListedModels_AreFoundByNameAndByProvider()
    {
        Add("alpha", "m1", "meta/llama");
        Assert.Equal("m1", Find("m1"));
        Assert.Equal("m1", Find("alpha/m1"));
        Assert.Equal("meta/llama", Find("meta/llama"));
        Assert.Equal("meta/llama", Find("alpha/meta/llama"));
        Assert.Null(Find("m2"));
        Assert.Null(Find("beta/m1"));
        Assert.Null(Find("M1"));
    }

    [Fact]
    public void OfTwoProviders_TheFirstServesAModelAndEachIsReachable()
    {
        Add("alpha", "m");
        Add("beta", "m");
        var snapshot = Build();
        Assert.Equal("alpha", snapshot.Find("m")!.Provider.Name);
        Assert.Equal("beta", snapshot.Find("beta/m")!.Provider.Name);
        Assert.Single(snapshot.Models);
    }

    /// <summary>A request that names a provider must never reach another one because that one lists a look-alike.</summary>
    [Theory]
    [InlineData("alpha", "zeta")]
    [InlineData("zeta", "alpha")]
    public void ANameWithItsProvider_CannotBeTakenByAnotherProvidersModel(string impostor, string provider)
    {
        foreach (var name in new[] { impostor, provider }.Order(StringComparer.Ordinal))
        {
            Add(name, name == impostor ? $"{provider}/secret" : "secret");
        }

        var snapshot = Build();
        Assert.Equal(provider, snapshot.Find($"{provider}/secret")!.Provider.Name);
        Assert.Equal(impostor, snapshot.Find($"{impostor}/{provider}/secret")!.Provider.Name);
    }

    [Fact]
    public void AProvider_PrefersItsFirstModelThatCanDoWhatIsNeeded()
    {
        Add("alpha", "text-embed-3", "m1", "m2");
        Add("beta", "m3");
        var snapshot = Build();
        Assert.Equal("m1", snapshot.Preferred("alpha", ModelCapabilities.Chat)!.Name);
        Assert.Equal("text-embed-3", snapshot.Preferred("alpha", ModelCapabilities.Embeddings)!.Name);
        Assert.Null(snapshot.Preferred("beta", ModelCapabilities.Embeddings));
        Assert.Null(snapshot.Preferred("nobody", ModelCapabilities.Chat));
    }

    [Fact]
    public void TheDefaultTag_MayBeLeftOut()
    {
        Add("ollama", "llama3.2:latest", "llama3.2:1b", "phi:latest", "phi");
        Assert.Equal("llama3.2:latest", Find("llama3.2"));
        Assert.Equal("phi", Find("phi"));
        Assert.Equal("llama3.2:latest", Find("ollama/llama3.2"));
        Assert.Equal("phi", Find("ollama/phi"));
        Assert.Null(Find("llama3.2:7b"));
        Assert.DoesNotContain(Build().Models, m => m.Name == "llama3.2");
    }

    [Fact]
    public void ConfiguredModels_HaveTheirOwnNameAndTakeDatesFromTheList()
    {
        var options = new ProviderOptions { Models = { ["fast"] = new ModelOptions { UpstreamName = "gpt-x-mini" }, ["absent"] = new ModelOptions() } };
        Add("openai", options, new ListedModel("gpt-x-mini", 1700000000, "openai-inc"), new ListedModel("other", 5));
        var snapshot = Build();
        var fast = snapshot.Find("fast")!;
        Assert.Equal(("gpt-x-mini", 1700000000L, "openai-inc"), (fast.UpstreamName, fast.Created, fast.OwnedBy));
        Assert.Equal(("absent", 0L, "openai"), (snapshot.Find("absent")!.UpstreamName, snapshot.Find("absent")!.Created, snapshot.Find("absent")!.OwnedBy));
        Assert.NotNull(snapshot.Find("other"));
    }

    [Fact]
    public void WithoutDiscovery_OnlyConfiguredModelsAreServed()
    {
        Add("p", new ProviderOptions { Discover = false, Models = { ["only"] = new ModelOptions() } }, new ListedModel("only"), new ListedModel("hidden"));
        Assert.Equal(["only"], Build().Models.Select(m => m.Name));
        Assert.Null(Find("hidden"));
    }

    [Fact]
    public void Aliases_PointToModelsInEveryForm()
    {
        Add("alpha", "m", "llama:latest");
        Add("beta", "m");
        _aliases["fast"] = "m";
        _aliases["private"] = "beta/m";
        _aliases["tagged"] = "llama";
        _aliases["dangling"] = "nothing";
        var snapshot = Build();
        Assert.Equal(("fast", "m", "alpha"), Describe(snapshot.Find("fast")));
        Assert.Equal(("private", "m", "beta"), Describe(snapshot.Find("private")));
        Assert.Equal(("tagged", "llama:latest", "alpha"), Describe(snapshot.Find("tagged")));
        Assert.Null(snapshot.Find("dangling"));
        Assert.Equal(["fast", "llama:latest", "m", "private", "tagged"], snapshot.Models.Select(m => m.Name));
    }

    [Fact]
    public void AnAlias_OverridesAModelOfTheSameName()
    {
        Add("alpha", "gpt-4o", "local");
        _aliases["gpt-4o"] = "local";
        var snapshot = Build();
        Assert.Equal("local", snapshot.Find("gpt-4o")!.UpstreamName);
        Assert.Single(snapshot.Models, m => m.Name == "gpt-4o");
    }

    [Fact]
    public void Models_AreListedOnceInOrder()
    {
        Add("alpha", "b", "c", "b");
        Add("beta", "a", "c");
        Assert.Equal(["a", "b", "c"], Build().Models.Select(m => m.Name));
    }

    private static (string, string, string) Describe(ModelTarget? target) => (target!.Name, target.UpstreamName, target.Provider.Name);

    private string? Find(string name) => Build().Find(name)?.UpstreamName;

    private ModelSnapshot Build() => new(_providers, _aliases.ToDictionary(a => a.Key, a => AliasOptions.Of(a.Value)), new TargetRegistry(TimeProvider.System));

    private void Add(string name, params string[] models) => Add(name, new ProviderOptions(), [.. models.Select(m => new ListedModel(m))]);

    private void Add(string name, ProviderOptions options, params ListedModel[] models) =>
        _providers.Add(new ProviderState(new ConfiguredProvider(new FakeProvider(name), options), models, null));
}
