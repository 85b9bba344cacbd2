using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmGateway.Core.Telemetry;

/// <summary>
/// Every name of a span, tag or instrument that the gateway itself emits. Names beginning with <c>gen_ai</c> follow OpenTelemetry's
/// semantic conventions for generative AI.
/// </summary>
public static class GatewayTelemetry
{
    /// <summary>Name of the <see cref="ActivitySource"/> and of the <see cref="Meter"/>.</summary>
    public const string SourceName = "LlmGateway";

    public const string OperationTag = "gen_ai.operation.name";
    public const string ProviderTag = "gen_ai.provider.name";
    public const string RequestModelTag = "gen_ai.request.model";
    public const string ResponseModelTag = "gen_ai.response.model";
    public const string FinishReasonsTag = "gen_ai.response.finish_reasons";
    public const string InputTokensTag = "gen_ai.usage.input_tokens";
    public const string OutputTokensTag = "gen_ai.usage.output_tokens";
    public const string TokenTypeTag = "gen_ai.token.type";
    public const string RequestMaxTokensTag = "gen_ai.request.max_tokens";
    public const string RequestChoicesTag = "gen_ai.request.choice.count";
    public const string ErrorTypeTag = "error.type";

    // :: The gateway's own
    public const string RequestIdTag = "llm_gateway.request.id";
    public const string KeyTag = "llm_gateway.key.id";
    public const string AttemptsTag = "llm_gateway.attempts";
    public const string RouteTag = "llm_gateway.route";
    public const string FallbacksTag = "llm_gateway.fallbacks";
    public const string StreamTag = "llm_gateway.stream";
    public const string SensitivityScoreTag = "llm_gateway.sensitivity.score";
    public const string SensitivityRequiredTag = "llm_gateway.sensitivity.required";
    public const string SensitivityReasonsTag = "llm_gateway.sensitivity.reasons";
    public const string StatusTag = "status";
    public const string ProviderNameTag = "provider";
    public const string ModelTag = "model";
    public const string ErrorTag = "error";
    public const string OperationNameTag = "operation";

    public static readonly ActivitySource Source = new(SourceName);

    public static readonly Meter Meter = new(SourceName);

    /// <summary>Duration of a whole call, in seconds.</summary>
    public static readonly Histogram<double> OperationDuration = Meter.CreateHistogram(
        "gen_ai.client.operation.duration", "s", "GenAI operation duration.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] });

    /// <summary>Tokens of a call, by type <c>input</c> or <c>output</c>.</summary>
    public static readonly Histogram<long> TokenUsage = Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    /// <summary>From the arrival of a streamed request to its first chunk, in seconds.</summary>
    public static readonly Histogram<double> TimeToFirstChunk = Meter.CreateHistogram(
        "gen_ai.client.operation.time_to_first_chunk", "s", "Time to receive the first chunk of a streamed answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });

    /// <summary>
    /// Duration of a request in seconds, from its arrival to the answer's last byte, by outcome: <c>success</c> or an error code.
    /// </summary>
    public static readonly Histogram<double> RequestDuration = Meter.CreateHistogram(
        "llm_gateway.request.duration", "s", "Time from the arrival of a request to the last byte of its answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] });

    /// <summary>Requests that only high-security providers may see.</summary>
    public static readonly Counter<long> SensitiveRequests = Meter.CreateCounter<long>(
        "llm_gateway.sensitive.requests", "{request}", "Requests that only high-security providers may see.");

    /// <summary>What the gateway adds before a provider is asked, in seconds: checking, limits, routing.</summary>
    public static readonly Histogram<double> Overhead = Meter.CreateHistogram(
        "llm_gateway.overhead.duration", "s", "Time from the arrival of a request to the first call to a provider.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] });

    /// <summary>Calls to providers that brought no answer, by what went wrong; a request may have several and still be answered.</summary>
    public static readonly Counter<long> UpstreamFailures = Meter.CreateCounter<long>(
        "llm_gateway.upstream.failures", "{request}", "Calls to providers that brought no answer.");

    private static readonly ConcurrentDictionary<string, Counter<long>> UpstreamCounters = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Calls made to providers of one dialect: <c>llm_gateway.ollama.requests</c>, <c>llm_gateway.openai.requests</c>, … Dialects are a
    /// closed set, so this makes no endless number of instruments.
    /// </summary>
    public static Counter<long> UpstreamRequests(string dialect) => UpstreamCounters.GetOrAdd(
        dialect, static name => Meter.CreateCounter<long>($"llm_gateway.{name.ToLowerInvariant().Replace('-', '_')}.requests", "{request}", $"Calls made to providers of type {name}."));

    /// <summary>The operation's name in telemetry.</summary>
    public static string Name(Protocol.Operation operation) => operation switch
    {
        Protocol.Operation.Chat => "chat",
        Protocol.Operation.Completion => "text_completion",
        _ => "embeddings",
    };
}
