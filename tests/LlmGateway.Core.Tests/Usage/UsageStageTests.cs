using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Telemetry;
using LlmGateway.Core.Tests.Support;
using LlmGateway.Core.Usage;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Usage;

public sealed class UsageStageTests : IDisposable
{
    private readonly string _model = "model-" + Guid.NewGuid();
    private readonly ManualTimeProvider _time = new();
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities = new() { ShouldListenTo = s => s.Name == GatewayTelemetry.SourceName, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
    private readonly List<Measurement> _measurements = [];
    private readonly List<Activity> _ended = [];

    public UsageStageTests()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == GatewayTelemetry.SourceName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<double>((i, value, tags, _) => Record(i, value, tags));
        _meters.SetMeasurementEventCallback<long>((i, value, tags, _) => Record(i, value, tags));
        _meters.Start();
        _activities.ActivityStopped = activity =>
        {
            if (activity.GetTagItem(GatewayTelemetry.RequestModelTag) as string == "asked-" + _model)
            {
                _ended.Add(activity);
            }
        };
        ActivitySource.AddActivityListener(_activities);
    }

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    [Fact]
    public async Task AWholeAnswer_IsMeasuredWhenItComes()
    {
        await InvokeAsync(FakeProvider.JsonAnswer("{}", new TokenUsage(11, 7), "stop"), TimeSpan.FromSeconds(1.5));
        var duration = Single("gen_ai.client.operation.duration");
        Assert.Equal(1.5, duration.Value);
        Assert.Equal("chat", duration.Tags[GatewayTelemetry.OperationTag]);
        Assert.Equal("alpha", duration.Tags[GatewayTelemetry.ProviderTag]);
        Assert.DoesNotContain(GatewayTelemetry.ErrorTypeTag, duration.Tags.Keys);
        Assert.Equal([("input", 11.0), ("output", 7.0)], Tokens());
        var whole = Single("llm_gateway.request.duration");
        Assert.Equal(1.5, whole.Value);
        Assert.Equal("success", whole.Tags[GatewayTelemetry.StatusTag]);
        Assert.Equal("alpha", whole.Tags[GatewayTelemetry.ProviderNameTag]);

        var span = Assert.Single(_ended);
        Assert.Equal($"chat asked-{_model}", span.DisplayName);
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Equal(11L, span.GetTagItem(GatewayTelemetry.InputTokensTag));
        Assert.Equal(7L, span.GetTagItem(GatewayTelemetry.OutputTokensTag));
        Assert.Equal(_model, span.GetTagItem(GatewayTelemetry.ResponseModelTag));
        Assert.Equal(new[] { "stop" }, span.GetTagItem(GatewayTelemetry.FinishReasonsTag));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task InsideATrace_ThereIsASpan_WhereTheTraceIsRecorded(bool recorded, int spans)
    {
        using var outer = new Activity("outer") { ActivityTraceFlags = recorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None }.Start();
        await InvokeAsync(FakeProvider.JsonAnswer("{}", new TokenUsage(11, 7), "stop"));

        Assert.Equal(spans, _ended.Count);
        Assert.All(_ended, span => Assert.Equal(outer.SpanId, span.ParentSpanId));
        Assert.Equal([("input", 11.0), ("output", 7.0)], Tokens());
    }

    [Fact]
    public async Task AStream_IsMeasuredWhenItEnds()
    {
        var stream = new FakeStream(_time) { Counts = new TokenUsage(3, 4), Reason = "length" };
        await InvokeAsync(stream);
        _time.Advance(TimeSpan.FromSeconds(2));
        stream.Begin();
        _time.Advance(TimeSpan.FromSeconds(3));
        stream.End(StreamState.Completed);
        Assert.Empty(_measurements);
        Assert.Empty(_ended);

        await stream.DisposeAsync();
        Assert.Equal(5, Single("gen_ai.client.operation.duration").Value);
        Assert.Equal(2, Single("gen_ai.client.operation.time_to_first_chunk").Value);
        Assert.Equal([("input", 3.0), ("output", 4.0)], Tokens());
        Assert.Equal(ActivityStatusCode.Unset, Assert.Single(_ended).Status);

        await stream.DisposeAsync();
        Assert.Single(_ended);
        Single("gen_ai.client.operation.duration");
    }

    [Fact]
    public async Task AStreamThatBreaksOff_IsAnErrorAndItsTokensCount()
    {
        var stream = new FakeStream(_time) { Counts = new TokenUsage(3, 1) };
        await InvokeAsync(stream);
        stream.Begin();
        stream.End(StreamState.Failed, new GatewayError(GatewayErrorCode.UpstreamInterrupted, "cut"));
        await stream.DisposeAsync();
        AssertFailed("upstream_interrupted");
        Assert.Equal([("input", 3.0), ("output", 1.0)], Tokens());
    }

    [Fact]
    public async Task AStreamThatTheClientLeaves_IsToldApart()
    {
        var stream = new FakeStream(_time);
        await InvokeAsync(stream);
        stream.Begin();
        await stream.DisposeAsync();
        AssertFailed("client_closed_request");
        Assert.Empty(Tokens());
    }

    [Fact]
    public async Task AStreamWithoutAChunk_HasNoTimeToFirstChunk()
    {
        var stream = new FakeStream(_time);
        await InvokeAsync(stream);
        stream.End(StreamState.Failed, new GatewayError(GatewayErrorCode.UpstreamTimeout, "late"));
        await stream.DisposeAsync();
        Assert.DoesNotContain(Mine(), m => m.Name == "gen_ai.client.operation.time_to_first_chunk");
        AssertFailed("upstream_timeout");
    }

    [Fact]
    public async Task AnError_IsMeasured()
    {
        await InvokeAsync(new ErrorAnswer(new GatewayError(GatewayErrorCode.UpstreamUnavailable, "no")));
        AssertFailed("upstream_unavailable");
    }

    [Fact]
    public async Task WhatAProviderInvents_MakesNoNewSeries()
    {
        await InvokeAsync(new ErrorAnswer(new GatewayError(GatewayErrorCode.UpstreamRejected, "no") { Detail = "weird code 8f3a" }));
        AssertFailed("upstream_rejected");
    }

    [Fact]
    public async Task AnExceptionInside_IsMeasuredAndGoesOn()
    {
        var request = Request();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await new UsageStage(_time).InvokeAsync(request, r =>
        {
            r.Provider = "alpha";
            r.UpstreamModel = _model;
            throw new InvalidOperationException("boom");
        }));
        AssertFailed("internal_error");
    }

    [Fact]
    public async Task AModelThatNobodyServes_IsNoTagOfAMetric()
    {
        await new UsageStage(_time).InvokeAsync(Request(), _ => ValueTask.FromResult<GatewayAnswer>(
            new ErrorAnswer(new GatewayError(GatewayErrorCode.ModelNotFound, "no"))));
        Assert.DoesNotContain(_measurements, m => m.Tags.Values.Any(v => v is string s && s.Contains(_model, StringComparison.Ordinal)));
        Assert.Equal("model_not_found", Assert.Single(_ended).GetTagItem(GatewayTelemetry.ErrorTypeTag));
    }

    [Fact]
    public async Task WithoutListeners_AnswersPassAllTheSame()
    {
        Dispose();
        await InvokeAsync(FakeProvider.JsonAnswer("{}", new TokenUsage(1, 2), "stop"));
        Assert.Empty(_measurements);
    }

    private GatewayRequest Request() =>
        new("r", Views.Good($$"""{"model":"asked-{{_model}}","messages":{{Views.User}}}"""), new Caller("k"), CancellationToken.None) { StartTimestamp = _time.GetTimestamp() };

    private async Task InvokeAsync(GatewayAnswer answer, TimeSpan takes = default)
    {
        var given = await new UsageStage(_time).InvokeAsync(Request(), request =>
        {
            request.Provider = "alpha";
            request.UpstreamModel = _model;
            _time.Advance(takes);
            return ValueTask.FromResult(answer);
        });
        Assert.Same(answer, given);
    }

    private void AssertFailed(string type)
    {
        Assert.Equal(type, Single("gen_ai.client.operation.duration").Tags[GatewayTelemetry.ErrorTypeTag]);
        Assert.Equal(type, Single("llm_gateway.request.duration").Tags[GatewayTelemetry.StatusTag]);
        var span = Assert.Single(_ended);
        Assert.Equal(type, span.GetTagItem(GatewayTelemetry.ErrorTypeTag));
        Assert.Equal(ActivityStatusCode.Error, span.Status);
    }

    /// <summary>Other tests measure too: what is this test's own shows in the model.</summary>
    private IEnumerable<Measurement> Mine() => _measurements.Where(m => (string?)m.Tags.GetValueOrDefault(GatewayTelemetry.RequestModelTag) == _model || (string?)m.Tags.GetValueOrDefault(GatewayTelemetry.ModelTag) == _model);

    private Measurement Single(string name) => Assert.Single(Mine(), m => m.Name == name);

    private List<(string, double)> Tokens() =>
        [.. Mine().Where(m => m.Name == "gen_ai.client.token.usage").Select(m => ((string)m.Tags[GatewayTelemetry.TokenTypeTag]!, m.Value))];

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_measurements)
        {
            _measurements.Add(new Measurement(instrument.Name, value, new Dictionary<string, object?>(tags.ToArray())));
        }
    }

    private sealed record Measurement(string Name, double Value, IReadOnlyDictionary<string, object?> Tags);

    private sealed class FakeStream(TimeProvider time) : StreamAnswer
    {
        public TokenUsage? Counts { get; init; }

        public string? Reason { get; init; }

        public override TokenUsage? Usage => Counts;

        public override string? FinishReason => Reason;

        public void Begin()
        {
            State = StreamState.Ready;
            FirstChunkTimestamp = time.GetTimestamp();
        }

        public void End(StreamState state, GatewayError? error = null)
        {
            State = state;
            Error = error;
        }

        public override ValueTask<StreamState> WaitAsync() => ValueTask.FromResult(State);

        public override bool TryRead(out ReadOnlyMemory<byte> chunk)
        {
            chunk = default;
            return false;
        }

        protected override ValueTask ReleaseAsync() => ValueTask.CompletedTask;
    }
}
