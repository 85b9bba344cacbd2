using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Usage;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Support;

/// <summary>
/// A gateway before one or two Simulators that serve the same models, asked in this order: <c>up</c>, then <c>second</c>. Waits before
/// retries are short; faults are set at the Simulators.
/// </summary>
internal sealed class FaultyProviders : IAsyncDisposable, IRequestObserver
{
    public const string Model = "sim-fast";
    private static readonly string[] Names = ["up", "second"];

    private readonly ConcurrentQueue<(GatewayRequest Request, Core.Usage.RequestOutcome Outcome)> _ended = new();

    private FaultyProviders()
    {
    }

    public List<SimulatorServer> Simulators { get; } = [];

    public TestGateway Gateway { get; private set; } = null!;

    public ShiftedTimeProvider Time { get; } = new();

    /// <summary>Every request that was settled.</summary>
    public IReadOnlyList<(GatewayRequest Request, Core.Usage.RequestOutcome Outcome)> Ended => [.. _ended];

    /// <param name="providers">One or two.</param>
    /// <param name="settings">Further settings, or other values of those made here.</param>
    public static async Task<FaultyProviders> StartAsync(int providers, params (string Name, string? Value)[] settings)
    {
        var made = new FaultyProviders();
        var all = new List<(string, string?)>
        {
            ("Authentication:Keys:test:Key", TestGateway.Key),
            ("Routing:Backoff", "00:00:00.02"),
        };
        for (var i = 0; i < providers; i++)
        {
            var simulator = await SimulatorServer.StartAsync(new SimulatorOptions
            {
                Models =
                [
                    new SimulatedModel { Name = Model, FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0, ContextLength = 1_000_000 },
                    new SimulatedModel { Name = "sim-other", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0, ContextLength = 1_000_000 },
                    new SimulatedModel { Name = "sim-narrow", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0, ContextLength = 100 },
                ],
            });
            made.Simulators.Add(simulator);
            all.AddRange(
            [
                ($"Providers:{Names[i]}:Type", "openai"),
                ($"Providers:{Names[i]}:BaseUrl", simulator.BaseAddress + "v1"),
                ($"Providers:{Names[i]}:Priority", i.ToString(CultureInfo.InvariantCulture)),
            ]);
        }

        made.Gateway = await TestGateway.StartAsync([.. all, .. settings], services =>
        {
            services.AddSingleton<IRequestObserver>(made);
            services.AddSingleton<TimeProvider>(made.Time);
        });
        // A model is served by whoever has been asked by now.
        var directory = made.Gateway.Services.GetRequiredService<ModelDirectory>();
        await Eventually.IsTrueAsync(() => directory.IsReady, "every provider is asked for its models");
        return made;
    }

    /// <summary>What goes wrong at a provider from now on, in the Simulator's grammar; empty for nothing.</summary>
    public FaultyProviders With(int provider, string faults, string model = Model)
    {
        Simulators[provider].Faults.Set(model, faults);
        return this;
    }

    /// <summary>What the gateway has learned about a model at a provider.</summary>
    public TargetState State(int provider, string model = Model) => Gateway.Services.GetRequiredService<TargetRegistry>().Get(Names[provider], model);

    /// <summary>The chats that a provider was asked for.</summary>
    public RecordedRequest[] Chats(int provider) => [.. Simulators[provider].Requests.Where(r => r.Path == Json.ChatPath)];

    /// <summary>How many calls each provider got.</summary>
    public int[] Calls() => [.. Enumerable.Range(0, Simulators.Count).Select(i => Chats(i).Length)];

    public async Task<FaultyAnswer> AskAsync(bool stream, string prompt = "!echo one two three four five", string? mode = null, string model = Model, string members = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Json.ChatPath)
        {
            Content = Json.Content(stream ? Json.ChatStream(prompt, model, members) : Json.Chat(prompt, model, members)),
        };
        if (mode is not null)
        {
            request.Headers.Add("x-llm-gateway-stream-mode", mode);
        }

        using var response = await Gateway.Client.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);
        return new FaultyAnswer(stream, (int)response.StatusCode, headers, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Waits until a request has been settled and no Simulator answers any more.</summary>
    public async Task<(GatewayRequest Request, Core.Usage.RequestOutcome Outcome)> SettledAsync(int count = 1)
    {
        await Eventually.IsTrueAsync(() => _ended.Count >= count, "the request is settled");
        await Eventually.IsTrueAsync(() => Simulators.TrueForAll(s => s.Stats.Total.Active == 0), "the Simulators are quiet");
        return Ended[count - 1];
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        foreach (var simulator in Simulators)
        {
            await simulator.DisposeAsync();
        }

        Assert.Empty(Gateway.Errors);
    }

    void IRequestObserver.Started(GatewayRequest request)
    {
    }

    void IRequestObserver.Ended(GatewayRequest request, in Core.Usage.RequestOutcome outcome) => _ended.Enqueue((request, outcome));
}

/// <summary>What a client got.</summary>
internal sealed record FaultyAnswer(bool Stream, int Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public string? Provider => Header("x-llm-gateway-provider");

    /// <summary>Asserts that this is one whole answer with this text, made with so many calls.</summary>
    public void IsWhole(string text, int attempts, string provider = "up")
    {
        Assert.True(Status == 200, $"{Status}: {Text}");
        if (Stream)
        {
            var sse = SseText.Parse(Text);
            Assert.True(sse.IsDone, Text);
            Assert.Null(sse.Error);
            Assert.Equal(text, sse.Content());
            Assert.Single(sse.Chunks.Select(c => c.GetProperty("id").GetString()).Distinct());
            Assert.Equal(["stop"], sse.Chunks.SelectMany(Reasons));
            Assert.Single(sse.Chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray()), c => c.GetProperty("delta").TryGetProperty("role", out _));
        }
        else
        {
            Assert.Equal(text, Json.ContentOf(Text));
        }

        Assert.Equal((provider, attempts.ToString(CultureInfo.InvariantCulture)), (Provider, Header("x-llm-gateway-attempts")));
    }

    /// <summary>Asserts that nothing but an error came, with its status.</summary>
    public JsonElement IsError(int status, string? code, int attempts)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {Text}");
        OpenAISchemas.AssertValid("ErrorResponse", Text);
        var error = Json.Parse(Text).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(attempts.ToString(CultureInfo.InvariantCulture), Header("x-llm-gateway-attempts"));
        return error;
    }

    /// <summary>Asserts that the beginning of an answer came, and then an error in place of its end.</summary>
    public void IsBrokenOff(string whole, string code, int attempts)
    {
        Assert.True(Status == 200, $"{Status}: {Text}");
        var sse = SseText.Parse(Text);
        Assert.DoesNotContain("[DONE]", Text, StringComparison.Ordinal);
        Assert.Equal(code, sse.Error?.GetProperty("code").GetString());
        Assert.StartsWith(sse.Content(), whole, StringComparison.Ordinal);
        Assert.Equal(attempts.ToString(CultureInfo.InvariantCulture), Header("x-llm-gateway-attempts"));
    }

    private static IEnumerable<string> Reasons(JsonElement chunk) => chunk.GetProperty("choices").EnumerateArray()
        .Select(c => c.GetProperty("finish_reason")).Where(r => r.ValueKind == JsonValueKind.String).Select(r => r.GetString()!);
}
