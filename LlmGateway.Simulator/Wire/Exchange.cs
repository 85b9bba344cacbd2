using System.Buffers;
using System.Text.Json;
using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator.Wire;

/// <summary>
/// One request and its answer, on any wire. A handler parses <see cref="ParseBody"/>, calls <c>BeginAsync</c>
/// (which finds the model and waits for a slot), paces with <see cref="PaceAsync"/> and answers through
/// <see cref="WriteJsonAsync"/> or <see cref="StartStreamAsync"/> and <see cref="WriteFrameAsync"/>.
/// Everything sent goes through here, so that faults apply to every wire alike.
/// </summary>
internal sealed class Exchange : IAsyncDisposable
{
    private readonly WireDialect _dialect;
    private readonly SimulatorState _state;
    private readonly RecordedRequest _record;
    private readonly ReadOnlyMemory<byte> _body;
    private readonly ArrayBufferWriter<byte> _payload = new(512);
    private readonly AnswerTransport _transport;
    private Utf8JsonWriter? _json;
    private AnswerTiming? _timing;
    private StatCounters? _modelStats;
    private ModelLease? _lease;
    private long _started;

    internal Exchange(HttpContext http, WireDialect dialect, SimulatorState state, RecordedRequest record, ReadOnlyMemory<byte> body, CancellationToken aborted)
    {
        Http = http;
        _dialect = dialect;
        _state = state;
        _record = record;
        _body = body;
        Aborted = aborted;
        _transport = new AnswerTransport(http, dialect, record, aborted);
    }

    public HttpContext Http { get; }

    public TimeProvider Time => _state.Time;

    public ModelCatalog Catalog => _state.Models;

    public SimulatorOptions Options => _state.Options;

    /// <summary>The model that answers; only after <c>BeginAsync</c> with a model.</summary>
    public SimulatedModel Model { get; private set; } = null!;

    /// <summary>The model's name as the client wrote it, without fault suffix.</summary>
    public string RequestedModel { get; private set; } = "";

    /// <summary>Tokens after which a content filter ends the answer; null: none does.</summary>
    public int? FilterAfter { get; private set; }

    /// <summary>The client left, or the server stops.</summary>
    public CancellationToken Aborted { get; }

    /// <summary>Parses the body; the document lives as long as the request.</summary>
    /// <exception cref="SimulatorException">400: not a JSON object.</exception>
    public JsonElement ParseBody()
    {
        try
        {
            var document = JsonDocument.Parse(_body, SimulatorJson.DocumentOptions);
            Http.Response.RegisterForDispose(document);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document.RootElement;
        }
        catch (JsonException e)
        {
            throw SimulatorException.BadRequest("We could not parse the JSON body of your request. " + e.Message);
        }

        throw SimulatorException.BadRequest("The body of your request must be a JSON object.");
    }

    /// <summary>For requests that name no model: faults set for all of them, or named in its headers.</summary>
    public ValueTask BeginAsync() => ApplyFaultsAsync(null, null);

    /// <summary>Finds the model, applies faults due before the answer, waits for a slot and for the model to load.</summary>
    /// <param name="requestedModel">As the client wrote it; a fault suffix after <c>+</c> is split off.</param>
    /// <param name="needs">Capabilities the request makes use of; the answer is 400 when the model lacks one.</param>
    /// <exception cref="SimulatorException">404 for an unknown model.</exception>
    public async ValueTask<ModelLease> BeginAsync(string requestedModel, ModelCapabilities needs, TimeSpan? keepAlive = null)
    {
        var (name, suffix) = RequestedName.Split(requestedModel, _state.Models);
        _record.Model = RequestedModel = name;
        var runtime = _state.Models.Find(name) ?? throw SimulatorException.ModelNotFound(name);
        if (!runtime.Model.Can(needs))
            throw SimulatorException.BadRequest($"The model '{name}' does not support {(needs & ~runtime.Model.Capabilities).ToString().ToLowerInvariant()}.", "model");
        Model = runtime.Model;
        _modelStats = _state.Log.Of(Model.Name);
        _modelStats.Start();
        _timing = AnswerTiming.Of(Model);
        await ApplyFaultsAsync(Model.Name, suffix);
        _lease = await runtime.AcquireAsync(keepAlive, _timing.Load, Aborted);
        _started = Time.GetTimestamp();
        return _lease;
    }

    /// <summary>Waits until the token of this index (from 0, over one choice) is due.</summary>
    public ValueTask PaceAsync(int tokenIndex)
    {
        var wait = (_timing?.Due(tokenIndex) ?? TimeSpan.Zero) - Time.GetElapsedTime(_started);
        if (wait <= TimeSpan.FromMilliseconds(0.5)) return ValueTask.CompletedTask;
        return new ValueTask(Task.Delay(wait, Time, Aborted));
    }

    /// <summary>Since the model began to work on the answer.</summary>
    public TimeSpan Elapsed => Time.GetElapsedTime(_started);

    public void CountTokens(int tokens)
    {
        _state.Log.Total.Tokens(tokens);
        _modelStats?.Tokens(tokens);
    }

    public ValueTask WriteJsonAsync<TState>(int status, TState state, Action<Utf8JsonWriter, TState> write)
    {
        Fill(state, write);
        return _transport.SendBodyAsync(status, _payload.WrittenMemory);
    }

    /// <summary>Status 200 and an empty body.</summary>
    public ValueTask WriteNothingAsync() => _transport.SendRawAsync(StatusCodes.Status200OK, _dialect.JsonContentType, default);

    public ValueTask WriteErrorAsync(int status, SimulatorException error)
    {
        if (status >= StatusCodes.Status400BadRequest) _dialect.WriteErrorHeaders(Http.Response.Headers, error);
        Fill((_dialect, error), static (json, s) => s._dialect.WriteError(json, s.error));
        return _transport.SendRawAsync(status, _dialect.JsonContentType, _payload.WrittenMemory);
    }

    public ValueTask StartStreamAsync() => _transport.StartStreamAsync();

    /// <summary>Writes one JSON payload as one frame and flushes it to the client.</summary>
    public ValueTask WriteFrameAsync<TState>(FrameKind kind, TState state, Action<Utf8JsonWriter, TState> write, string? eventName = null)
    {
        Fill(state, write);
        return _transport.SendFrameAsync(kind, _payload.WrittenMemory, eventName);
    }

    /// <summary>Writes a payload that is not JSON, such as <c>[DONE]</c>.</summary>
    public ValueTask WriteRawFrameAsync(FrameKind kind, ReadOnlyMemory<byte> payload, string? eventName = null) =>
        _transport.SendFrameAsync(kind, payload, eventName);

    /// <summary>After the last frame.</summary>
    public ValueTask EndStreamAsync() => _transport.EndStreamAsync();

    public ValueTask DisposeAsync() => _json?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Runs a handler and accounts for it, whatever way it ends.</summary>
    /// <param name="handler">Answers.</param>
    /// <param name="refused">Why the body could not be read; then neither the key is looked at, which may sign the body, nor the handler run.</param>
    internal async Task RunAsync(Func<Exchange, Task> handler, SimulatorException? refused)
    {
        var total = _state.Log.Total;
        total.Start();
        var outcome = RequestOutcome.Faulted;
        var begun = Time.GetTimestamp();
        try
        {
            await AnswerAsync(handler, refused);
            outcome = RequestOutcome.Completed;
        }
        catch (AnswerEndedException)
        {
            // The fault has done what it is for.
        }
        catch (Exception e) when (e is OperationCanceledException || (e is IOException && Aborted.IsCancellationRequested))
        {
            outcome = RequestOutcome.ClientAborted;
        }
        finally
        {
            _lease?.Dispose();
            _record.Duration = Time.GetElapsedTime(begun);
            _record.Outcome = outcome;
            total.End(outcome);
            _modelStats?.End(outcome);
        }
    }

    private async Task AnswerAsync(Func<Exchange, Task> handler, SimulatorException? refused)
    {
        try
        {
            if (refused is not null) throw refused;
            _dialect.Authenticate(Http.Request, _body.Span, _state.Options, Time.GetUtcNow());
            await handler(this);
        }
        catch (SimulatorException e) when (!Http.Response.HasStarted)
        {
            await WriteErrorAsync(e.Status, e);
        }
    }

    private async ValueTask ApplyFaultsAsync(string? model, string? suffix)
    {
        _started = Time.GetTimestamp();
        List<Fault>? faults;
        try
        {
            faults = _state.Faults.Collect(Http.Request.Headers, model, suffix);
        }
        catch (FormatException e)
        {
            throw SimulatorException.BadRequest(e.Message, null, "invalid_fault");
        }

        if (faults is null) return;
        _record.Faults = string.Join(',', faults.Select(f => f.Text));
        foreach (var fault in faults) _timing = _timing?.With(fault);
        FilterAfter = faults.Find(f => f.Kind == FaultKind.Filter)?.Place;
        if (faults.Find(f => f.IsEarly) is { } early) await EarlyFaults.StrikeAsync(early, this, _transport);
        if (faults.Exists(f => f.Kind is not (FaultKind.Timing or FaultKind.SlowFirst or FaultKind.Filter))) _transport.Use(faults);
    }

    private void Fill<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        _payload.ResetWrittenCount();
        if (_json is null) _json = new Utf8JsonWriter(_payload, SimulatorJson.WriterOptions);
        else _json.Reset();
        write(_json, state);
        _json.Flush();
    }
}
