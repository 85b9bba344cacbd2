using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Anthropic;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Ollama;
using LlmGateway.Providers.OpenAI;

namespace LlmGateway.Providers.Tests.Corruption;

/// <summary>
/// Ten thousand corrupted streams: none makes a reader throw or go on for ever, and none is taken for a whole answer that it is not.
/// A failure names its case, which <see cref="Case"/> repeats alone.
/// </summary>
public sealed class StreamCorruptionTests : IDisposable
{
    private const int CasesPerWire = 3_340;

    private static readonly GatewayErrorCode[] Failures =
        [GatewayErrorCode.UpstreamInterrupted, GatewayErrorCode.UpstreamInvalidResponse, GatewayErrorCode.UpstreamError];

    private readonly ManualTimeProvider _time = new();
    private readonly UpstreamClient _client;

    public StreamCorruptionTests() => _client = new UpstreamClient("up", new ProviderOptions { BaseUrl = "http://127.0.0.1:9" }, _time, []);

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData(Wire.OpenAI)]
    [InlineData(Wire.Anthropic)]
    [InlineData(Wire.Ollama)]
    public async Task ACorruptedStream_IsNeverTakenForAWholeAnswer(Wire wire)
    {
        var limit = TestTimeouts.Token();
        var verdicts = new Dictionary<Verdict, int>();
        var completed = 0;
        for (var number = 0; number < CasesPerWire; number++)
        {
            limit.ThrowIfCancellationRequested();
            var (verdict, isComplete) = await Case(wire, number);
            verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + 1;
            completed += isComplete ? 1 : 0;
        }

        // Neither do the readers refuse everything, nor was a kind of corruption left out.
        Assert.InRange(completed, CasesPerWire / 10, CasesPerWire * 8 / 10);
        Assert.All(Enum.GetValues<Verdict>(), v => Assert.True(verdicts.GetValueOrDefault(v) > CasesPerWire / 40, $"{v}: {verdicts.GetValueOrDefault(v)}"));
    }

    [Fact]
    public async Task AnUntouchedStream_SaysWhatTheRulesSay()
    {
        foreach (var stream in RecordedStream.All)
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(stream.Units));
            var read = await ReadAsync(stream, new Mutation(bytes, false, Verdict.Same, "untouched"), new Random(1), false);
            Assert.True(read.State == StreamState.Completed, $"{stream}: {read.Error}");
            Assert.Equal(ReferenceReaders.Read(stream.Wire, bytes)?.ToString(), read.Answer.ToString());
        }
    }

    private async Task<(Verdict Verdict, bool IsComplete)> Case(Wire wire, int number)
    {
        var random = new Random(((int)wire * 1_000_000) + number);
        var streams = RecordedStream.All.Where(s => s.Wire == wire).ToArray();
        var stream = streams[random.Next(streams.Length)];
        var mutation = Mutation.Make(stream, random);
        try
        {
            var read = await ReadAsync(stream, mutation, random, random.Next(2) == 0);
            Judge(stream, mutation, read);
            return (mutation.Verdict, read.State == StreamState.Completed);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Case {wire} {number} ({stream}, {mutation.What}, {mutation.Verdict}): {e.Message}\n{Encoding.UTF8.GetString(mutation.Bytes)}", e);
        }
    }

    private static void Judge(RecordedStream stream, Mutation mutation, Result read)
    {
        var original = ReferenceReaders.Read(stream.Wire, Encoding.UTF8.GetBytes(string.Concat(stream.Units)))!;
        if (read.State == StreamState.Failed)
        {
            Assert.True(mutation.Verdict != Verdict.Same, $"it failed: {read.Error}");
            Assert.Contains(read.Error!.Code, Failures);
            if (mutation.Verdict == Verdict.SameOrFailed)
            {
                Assert.All(
                    read.Answer.Text.Split('|').Zip(original.Text.Split('|')), t => Assert.StartsWith(t.First, t.Second, StringComparison.Ordinal));
            }

            return;
        }

        Assert.Equal(StreamState.Completed, read.State);
        Assert.Null(read.Error);
        Assert.True(mutation.Verdict != Verdict.Failed, $"it was taken for whole: {read.Answer}");
        var expected = mutation.Verdict == Verdict.AsTheRulesSay ? ReferenceReaders.Read(stream.Wire, mutation.Bytes) : original;
        Assert.True(expected is not null, $"it was taken for whole: {read.Answer}");
        Assert.Equal(expected.ToString(), read.Answer.ToString());
        Assert.NotNull(read.FinishReason);
    }

    private async Task<Result> ReadAsync(RecordedStream recorded, Mutation mutation, Random random, bool includeUsage)
    {
        var body = new PiecesStream(mutation.Bytes, mutation.IsBroken, random);
        var response = new HttpResponseMessage { Content = new StreamContent(body) };
        var call = Calls.Chat($$"""{"model":"m","stream":true,"stream_options":{"include_usage":{{(includeUsage ? "true" : "false")}}},"messages":[{"role":"user","content":"x"}]}""");
        var deadline = new CallDeadline(_time, _client.Timeouts, streamed: true, CancellationToken.None);
        await using StreamAnswer stream = recorded.Wire switch
        {
            Wire.OpenAI => new OpenAIStream(_client, response, deadline, call.View, ErrorWords.None),
            Wire.Anthropic => new AnthropicStream(_client, response, deadline, call.View),
            _ => new OllamaStream(_client, response, deadline, call, new ContextGuard(Operation.Chat, 1, null, new Version(0, 33, 0))),
        };

        var answer = new ReadAnswer();
        for (var steps = 0; ; steps++)
        {
            // Everything has arrived, so that a wait that does not end at once never would.
            var waiting = stream.WaitAsync();
            Assert.True(waiting.IsCompleted, "it waits for nothing");
            Assert.True(steps <= mutation.Bytes.Length + 10 && body.ReadsAtTheEnd <= 1, "it goes on for ever");
            if (await waiting != StreamState.Ready)
            {
                break;
            }

            while (stream.TryRead(out var chunk))
            {
                using var document = JsonDocument.Parse(chunk);
                answer.AddChunk(document.RootElement);
            }
        }

        // The end stays the end.
        Assert.Equal(stream.State, await stream.WaitAsync());
        Assert.False(stream.TryRead(out _));
        return new Result(stream.State, stream.Error, answer, stream.FinishReason);
    }

    private sealed record Result(StreamState State, GatewayError? Error, ReadAnswer Answer, string? FinishReason);
}
