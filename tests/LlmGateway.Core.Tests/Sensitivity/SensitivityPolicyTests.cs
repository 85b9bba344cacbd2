using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Telemetry;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Tests.Sensitivity;

public sealed class SensitivityPolicyTests : IDisposable
{
    private readonly MemorySettings _settings = new();
    private readonly RecordedLogs _logs = new(LogLevel.Error);
    private readonly IConfigurationRoot _configuration;
    private ServiceProvider? _services;

    public SensitivityPolicyTests() => _configuration = new ConfigurationBuilder().Add(_settings).Build();

    public void Dispose() => _services?.Dispose();

    [Fact]
    public async Task WithoutConfiguration_NothingIsClassified()
    {
        var request = await InvokeAsync("4111111111111111");
        Assert.Same(SensitivityVerdict.None, request.Sensitivity);
        Assert.False(request.IsClassified);
    }

    [Fact]
    public async Task SwitchedOn_EveryRequestHasAVerdict()
    {
        Set("Enabled", "true");
        var sensitive = await InvokeAsync("4111111111111111");
        Assert.Equal((true, true), (sensitive.IsClassified, sensitive.Sensitivity.IsSensitive));
        var harmless = await InvokeAsync("hi");
        Assert.Equal((true, false), (harmless.IsClassified, harmless.Sensitivity.IsSensitive));
    }

    /// <summary>As when a settings file is gone for a moment while it is replaced.</summary>
    [Fact]
    public async Task SettingsThatDisappear_LeaveClassificationOn()
    {
        Set("Enabled", "true");
        Assert.True((await InvokeAsync("4111111111111111")).Sensitivity.IsSensitive);
        _settings.Clear();
        Assert.True((await InvokeAsync("4111111111111111")).Sensitivity.IsSensitive);
        Assert.Contains(_logs.Lines, e => e.Contains("has disappeared", StringComparison.Ordinal));
        Set("Enabled", "false");
        Assert.False((await InvokeAsync("4111111111111111")).IsClassified);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task WhatTheClientDemands_IsNeverLowered(string enabled)
    {
        Set("Enabled", enabled);
        var request = await InvokeAsync("my key", new SensitivityVerdict(1, SecurityLevel.High, ["requested"]));
        Assert.True(request.Sensitivity.IsSensitive);
        Assert.Equal(enabled == "true" ? ["requested", "keyword"] : ["requested"], request.Sensitivity.Reasons);
    }

    [Fact]
    public async Task AChange_TakesEffectWithTheNextRequest_ForTextsAlreadySeenToo()
    {
        var text = "project hera " + new string('.', 2000);
        Set("Enabled", "true");
        Assert.False((await InvokeAsync(text)).Sensitivity.IsSensitive);
        Set("Keywords:0", "project hera");
        Assert.True((await InvokeAsync(text)).Sensitivity.IsSensitive);
        Set("Keywords:0", "project zeus");
        Assert.False((await InvokeAsync(text)).Sensitivity.IsSensitive);
        Set("Enabled", "false");
        Assert.False((await InvokeAsync(text)).IsClassified);
    }

    [Fact]
    public async Task AChangeWithMistakes_ChangesNothing_AndEachIsLogged()
    {
        Set("Enabled", "true");
        Assert.True((await InvokeAsync("4111111111111111")).Sensitivity.IsSensitive);
        _settings.Change(("Sensitivity:Enabled", "false"), ("Sensitivity:Threshold", "7"), ("Sensitivity:NationalIds:0", "mars"));
        Assert.True((await InvokeAsync("4111111111111111")).Sensitivity.IsSensitive);
        Assert.Collection(_logs.Lines.Order(StringComparer.Ordinal), e => Assert.Contains("NationalIds holds 'mars'", e, StringComparison.Ordinal), e => Assert.Contains("Threshold is 7", e, StringComparison.Ordinal));

        Set("Threshold", "much");
        Assert.Equal(3, _logs.Lines.Count);
        Assert.True((await InvokeAsync("4111111111111111")).Sensitivity.IsSensitive);
    }

    [Fact]
    public async Task AChangeElsewhere_KeepsWhatIsRemembered()
    {
        Set("Enabled", "true");
        await InvokeAsync("hi");
        var policy = _services!.GetRequiredService<SensitivityPolicy>();
        var before = policy.Current;
        _settings.Change(("Authentication:Keys:a:Key", "x"));
        Assert.Same(before, policy.Current);
    }

    [Theory]
    [InlineData("Threshold", "0", "Sensitivity:Threshold is 0")]
    [InlineData("KeywordWeight", "2", "Sensitivity:KeywordWeight is 2")]
    [InlineData("Weights:email", "-1", "Sensitivity:Weights:email is -1")]
    [InlineData("Weights:nothing", "1", "Sensitivity:Weights:nothing is no kind")]
    [InlineData("Keywords:0", "--", "Sensitivity:Keywords:0 is '--'")]
    [InlineData("Keywords:0", "a=3", "Sensitivity:Keywords:0 has the weight 3")]
    [InlineData("CacheEntries", "-1", "Sensitivity:CacheEntries is -1")]
    public void AMistakeAtStart_IsNamed(string setting, string value, string message)
    {
        Set(setting, value);
        var failure = Assert.Throws<OptionsValidationException>(() => Services().GetRequiredService<IOptions<SensitivityOptions>>().Value);
        Assert.Contains(message, Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AVerdict_IsCountedAndTraced()
    {
        var count = 0;
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument == GatewayTelemetry.SensitiveRequests)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, _, _, _) => Interlocked.Increment(ref count));
        meters.Start();
        using var listener = new ActivityListener { ShouldListenTo = s => s.Name == GatewayTelemetry.SourceName, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        using var activity = GatewayTelemetry.Source.StartActivity("chat")!;

        Set("Enabled", "true");
        await InvokeAsync("4111111111111111");

        // Other tests may classify at the same time.
        Assert.True(count >= 1);
        Assert.Equal(0.9, activity.GetTagItem("llm_gateway.sensitivity.score"));
        Assert.Equal("high", activity.GetTagItem("llm_gateway.sensitivity.required"));
        Assert.Equal(["card_number"], (string[])activity.GetTagItem("llm_gateway.sensitivity.reasons")!);
    }

    [Fact]
    public void FewEntriesAndManyThreads_AreNoMatterToTheCache()
    {
        var cache = new FindingCache(8);
        Parallel.For(0, 2000, i =>
        {
            var key = PartKey.Of(BitConverter.GetBytes(i % 50), false);
            if (cache.TryGet(key, out var found))
            {
                Assert.Equal(i % 50, Assert.Single(found).Value);
            }

            cache.Set(key, [new Finding(1, i % 50)]);
        });
        Assert.True(Enumerable.Range(0, 50).Count(i => cache.TryGet(PartKey.Of(BitConverter.GetBytes(i), false), out _)) <= 16);
        Assert.NotEqual(PartKey.Of("a"u8, false), PartKey.Of("a"u8, true));
    }

    private void Set(string setting, string value) => _settings.Change(("Sensitivity:" + setting, value));

    private ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(_logs);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        return _services ??= services.AddSensitivity(_configuration).BuildServiceProvider();
    }

    private async Task<GatewayRequest> InvokeAsync(string content, SensitivityVerdict? known = null)
    {
        var request = new GatewayRequest("r", Looking.Chat(content), new Caller("k"), CancellationToken.None) { StartTimestamp = 1, Sensitivity = known ?? SensitivityVerdict.None };
        await using var answer = await Services().GetRequiredService<IGatewayStage>().InvokeAsync(request, _ => ValueTask.FromResult<GatewayAnswer>(FakeProvider.JsonAnswer("{}")));
        return request;
    }

    private sealed class MemorySettings : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public void Clear()
        {
            Data.Clear();
            OnReload();
        }

        public void Change(params (string Key, string Value)[] settings)
        {
            foreach (var (key, value) in settings)
            {
                Data[key] = value;
            }

            OnReload();
        }
    }
}
