using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LlmGateway.Api.Tests.Support;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Api.Tests.Sensitivity;

/// <summary>
/// What is sensitive never reaches a provider that may not see it, whichever way the request takes: a medium-security provider stands
/// first in every order here and would answer at once.
/// </summary>
public sealed class PlacementTests : IAsyncLifetime
{
    private const string Secret = "Charge my card 4111 1111 1111 1111 and mail jane.doe@example.com";

    private SimulatorServer _cloud = null!;
    private SimulatorServer _own = null!;

    /// <summary>Every endpoint that reaches a model, with where its text stands.</summary>
    public static TheoryData<string, string> Paths => new()
    {
        { "/v1/chat/completions", """{"model":"MODEL","messages":[{"role":"user","content":"TEXT"}]}""" },
        { "/v1/chat/completions", """{"model":"MODEL","stream":true,"messages":[{"role":"user","content":"TEXT"}]}""" },
        { "/v1/chat/completions", """{"model":"MODEL","messages":[{"role":"system","content":"TEXT"},{"role":"user","content":[{"type":"text","text":"hi"}]}]}""" },
        { "/v1/completions", """{"model":"MODEL","prompt":"TEXT"}""" },
        { "/v1/completions", """{"model":"MODEL","stream":true,"prompt":["hi","TEXT"]}""" },
        { "/v1/embeddings", """{"model":"EMBED","input":["hi","TEXT"]}""" },
        { "/query", """{"model":"MODEL","prompt":"hi","context":"TEXT"}""" },
        { "/query", """{"prompt":"TEXT"}""" },
        { "/stream", """{"model":"MODEL","prompt":"TEXT"}""" },
        { "/embeddings", """{"model":"EMBED","text":"TEXT"}""" },
    };

    public async Task InitializeAsync()
    {
        _cloud = await SimulatorServer.StartAsync(Options());
        _own = await SimulatorServer.StartAsync(Options());
    }

    public async Task DisposeAsync()
    {
        await _cloud.DisposeAsync();
        await _own.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task SensitiveContent_GoesToTheSecureProviderOnly(string path, string body)
    {
        await using var gateway = await StartAsync();
        using (var open = await SendAsync(gateway, path, body, "Why is the sky blue?"))
        {
            await open.Content.ReadAsStringAsync();
            Assert.Equal(200, (int)open.StatusCode);
            Assert.Equal(["cloud"], open.Headers.GetValues("x-llm-gateway-provider"));
        }

        var before = Calls(_cloud);
        foreach (var mode in new[] { "passthrough", "hold", "buffered" })
        {
            using var answer = await SendAsync(gateway, path, body, Secret, ("x-llm-gateway-stream-mode", mode));
            await answer.Content.ReadAsStringAsync();
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.Equal(["own"], answer.Headers.GetValues("x-llm-gateway-provider"));
            Assert.Equal(["high"], answer.Headers.GetValues("x-llm-gateway-sensitivity"));
        }

        Assert.Equal(before, Calls(_cloud));
        Assert.Equal(3, Calls(_own));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task WhenTheSecureProviderFails_NobodyElseIsAsked(string path, string body)
    {
        await using var gateway = await StartAsync(
            ("Routing:Fallbacks:*:0:Model", "cloud/sim-fast"), ("Routing:Fallbacks:sim-fast:0:Model", "cloud/sim-small"), ("Routing:Backoff", "00:00:00.001"));
        foreach (var fault in new[] { "status;code=503", "status;code=500", "status;code=429", "reset" })
        {
            _own.Faults.Set("*", fault);
            using var answer = await SendAsync(gateway, path, body, Secret);
            Assert.InRange((int)answer.StatusCode, 429, 504);
            Assert.Equal(0, Calls(_cloud));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task WithoutASecureProvider_ItIsRefused_AndNobodySeesIt(string path, string body)
    {
        await using var gateway = await StartAsync(("Providers:own:SecurityLevel", "medium"), ("Routing:Fallbacks:*:0:Model", "sim-small"));
        using var answer = await SendAsync(gateway, path, body, Secret);
        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Contains("sensitive_content_no_secure_provider", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("x-llm-gateway-provider"), "No provider had anything to do with it.");
        Assert.Contains(":security", Assert.Single(answer.Headers.GetValues("x-llm-gateway-route")), StringComparison.Ordinal);
        Assert.Equal((0, 0), (Calls(_cloud), Calls(_own)));
    }

    [Theory]
    [InlineData("cloud/sim-fast")]
    [InlineData("pinned")]
    public async Task ANameThatMeansTheOpenProvider_IsRefused(string model)
    {
        await using var gateway = await StartAsync(("Aliases:pinned", "cloud/sim-fast"));
        using var answer = await SendAsync(gateway, "/v1/chat/completions", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"TEXT"}]}""", Secret);
        await ErrorAssert.IsAsync(answer, 403, "sensitive_content_no_secure_provider");
        Assert.Equal((0, 0), (Calls(_cloud), Calls(_own)));
    }

    [Theory]
    [InlineData("auto", "priority")]
    [InlineData("auto", "cost")]
    [InlineData("mixed", "weighted")]
    [InlineData("mixed", "latency")]
    [InlineData("mixed", "least-busy")]
    [InlineData("mixed", "auto")]
    public async Task NoStrategy_ChoosesTheOpenProvider(string model, string strategy)
    {
        await using var gateway = await StartAsync(
            ("Aliases:mixed:Targets:0", "cloud/sim-fast"), ("Aliases:mixed:Targets:1", "own/sim-fast"), ("Aliases:mixed:Strategy", strategy), ("Routing:Strategy", strategy));
        for (var i = 0; i < 10; i++)
        {
            using var answer = await SendAsync(gateway, "/v1/chat/completions", $$"""{"model":"{{model}}","max_tokens":5,"messages":[{"role":"user","content":"TEXT"}]}""", Secret);
            Assert.Equal(200, (int)answer.StatusCode);
        }

        Assert.Equal((0, 10), (Calls(_cloud), Calls(_own)));
    }

    [Fact]
    public async Task AClient_MayDemandTheSecureProvider_ForAnythingItSends()
    {
        await using var gateway = await StartAsync(("Sensitivity:Enabled", "false"));
        using var answer = await SendAsync(
            gateway, "/v1/chat/completions", """{"model":"sim-fast","messages":[{"role":"user","content":"TEXT"}]}""", "hello", ("x-llm-gateway-sensitivity", "high"));
        Assert.Equal(["own"], answer.Headers.GetValues("x-llm-gateway-provider"));
        Assert.Equal(0, Calls(_cloud));
    }

    private static SimulatorOptions Options() => new()
    {
        Models =
        [
            new SimulatedModel { Name = "sim-fast", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0 },
            new SimulatedModel { Name = "sim-small", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0 },
            new SimulatedModel { Name = "sim-embed", EmbeddingDimensions = 8, Capabilities = ModelCapabilities.Embedding },
        ],
    };

    private async Task<TestGateway> StartAsync(params (string Name, string? Value)[] settings)
    {
        var gateway = await TestGateway.StartAsync([.. Settings(), .. settings]);
        await gateway.ReadyAsync();
        return gateway;
    }

    private (string Name, string? Value)[] Settings() =>
    [
        ("Authentication:Keys:test:Key", TestGateway.Key),
        ("Providers:cloud:Type", "openai"),
        ("Providers:cloud:BaseUrl", new Uri(_cloud.BaseAddress, "v1").ToString()),
        ("Providers:own:Type", "openai"),
        ("Providers:own:BaseUrl", new Uri(_own.BaseAddress, "v1").ToString()),
        ("Providers:own:SecurityLevel", "high"),
        ("Providers:own:Priority", "5"),
        ("Sensitivity:Enabled", "true"),
        ("Routing:MaxRetryWait", "00:00:00.050"),
    ];

    private static async Task<HttpResponseMessage> SendAsync(TestGateway gateway, string path, string body, string text, params (string Name, string Value)[] headers)
    {
        var json = JsonNode.Parse(body.Replace("MODEL", "sim-fast", StringComparison.Ordinal).Replace("EMBED", "sim-embed", StringComparison.Ordinal).Replace("TEXT", text, StringComparison.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(json) };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await gateway.Client.SendAsync(request);
    }

    /// <summary>Requests that brought content.</summary>
    private static int Calls(SimulatorServer server) => server.Requests.Count(r => !r.Path.EndsWith("/models", StringComparison.Ordinal));
}
