using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Jobs;

/// <summary>Makes the request that a job means.</summary>
internal static class JobRequest
{
    /// <summary>What was accepted as sensitive stays so, whatever the settings say by now.</summary>
    private static readonly SensitivityVerdict Sensitive = new(1, SecurityLevel.High, []);

    private static ReadOnlySpan<byte> UsageOption => "\"stream_options\":{\"include_usage\":true},"u8;

    /// <summary>
    /// Reads the job's request. A chat is asked for as a stream, so that it can be followed, unless its client has said <c>"stream": false</c>.
    /// </summary>
    /// <returns>The view, or what is wrong with the request: it was good when it was accepted, but settings change.</returns>
    public static (RequestView? View, GatewayError? Error) Read(Job row)
    {
        var (operation, body) = row.Kind == JobKind.Chat
            ? (Operation.Chat, Streamed(row.Request))
            : (Operation.Embeddings, row.Request);
        return RequestReader.Read(operation, body, out var view, maxDepth: 1000) is { } error ? (null, error) : (view, null);
    }

    public static GatewayRequest Create(RunningJob job, RequestView view, TimeProvider time) =>
        new(job.Row.Id, view, CallerOf(job.Row), job.Stop)
        {
            StartTimestamp = time.GetTimestamp(),
            JobId = job.Row.Id,
            Priority = PriorityOf(job.Row.Priority),
            // Nobody gets to see what was taken back: the events of a failed attempt are replaced.
            StreamMode = StreamMode.Passthrough,
            Sensitivity = SensitivityOf(job.Row),
        };

    public static Caller CallerOf(Job row) => new(row.ApiKeyId ?? "anonymous") { Owner = row.Owner, Team = row.Team };

    public static SensitivityVerdict SensitivityOf(Job row) => row.Sensitivity == "high" ? Sensitive : SensitivityVerdict.None;

    public static RequestPriority PriorityOf(JobPriority priority) => priority switch
    {
        JobPriority.High => RequestPriority.High,
        JobPriority.Low => RequestPriority.Low,
        _ => RequestPriority.Normal,
    };

    private static byte[] Streamed(byte[] request)
    {
        var (stream, options) = Find(request);
        if (stream == false)
        {
            return request;
        }

        var head = new MemoryStream();
        if (stream is null)
        {
            head.Write("\"stream\":true,"u8);
        }

        if (!options)
        {
            head.Write(UsageOption);
        }

        if (head.Length == 0)
        {
            return request;
        }

        var open = Array.IndexOf(request, (byte)'{') + 1;
        return [.. request.AsSpan(0, open), .. head.ToArray(), .. request.AsSpan(open)];
    }

    /// <summary>What the request says about streams: <c>stream</c>, null when it says nothing, and whether there are <c>stream_options</c>.</summary>
    private static (bool? Stream, bool HasOptions) Find(byte[] request)
    {
        var reader = new Utf8JsonReader(request, new JsonReaderOptions { MaxDepth = 1000 });
        bool? stream = null;
        var options = false;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isStream = reader.ValueTextEquals("stream"u8);
            options |= reader.ValueTextEquals("stream_options"u8);
            reader.Read();
            if (isStream)
            {
                stream = reader.TokenType == JsonTokenType.True ? true : reader.TokenType == JsonTokenType.False ? false : null;
            }

            reader.Skip();
        }

        return (stream, options);
    }
}
