using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.OpenAI;

namespace LlmGateway.Providers.Tests.Hostile;

/// <summary>
/// What no server may do to the gateway, in any dialect: absurd counts, missing parts, wrong shapes, half streams and reasons that are none make
/// an error, never an answer that looks whole, a crash or a leak.
/// </summary>
public abstract class HostileProviderContract
{
    /// <summary>How many mutated answers each dialect gets; the variable asks for more.</summary>
    private static readonly int Cases =
        int.TryParse(Environment.GetEnvironmentVariable("LLM_GATEWAY_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 10_000;

    private const string Text = "\"Grüße aus 東京 😀, \\\"q\\\"\\n\"";

    private static readonly string[] Texts = ["\"Grüße \"", "\"aus 東京 😀\"", "\", \\\"q\\\"\\n\""];

    private readonly HostileTransport _transport = new();
    private readonly HostileDialect _dialect;
    private readonly IModelProvider _provider;

    private protected HostileProviderContract(HostileDialect dialect) => (_dialect, _provider) = (dialect, dialect.Make(_transport));

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("1e30")]
    [InlineData("99999999999999999999999999")]
    [InlineData("-1")]
    [InlineData("\"7\"")]
    [InlineData("null")]
    [InlineData("{}")]
    public async Task AbsurdCounts_AreBounded(string count)
    {
        foreach (var stream in (bool[])[false, true])
        {
            var (text, usage, error) = await AskAsync(stream, _dialect.Whole(Text, Json(_dialect.GoodReason), Usage(count)), Units(Json(_dialect.GoodReason), Usage(count)));
            Assert.True(error is null, error?.ToString());
            Assert.Equal(JsonDocument.Parse(Text).RootElement.GetString(), text);
            Assert.InRange(usage?.PromptTokens ?? 0, 0, TokenCount.Most);
            Assert.InRange(usage?.CompletionTokens ?? 0, 0, TokenCount.Most);
        }
    }

    [Theory]
    [InlineData("\" \"")]
    [InlineData("\"null\"")]
    [InlineData("\"error\"")]
    [InlineData("0")]
    [InlineData("{}")]
    [InlineData("\"nonsense\"")]
    public async Task AReasonThatIsNone_MakesNoAnswer(string reason)
    {
        if (reason == "\"nonsense\"" && !_dialect.KnowsItsReasons)
        {
            return;
        }

        foreach (var stream in (bool[])[false, true])
        {
            var (_, _, error) = await AskAsync(stream, _dialect.Whole(Text, reason, Usage("1")), Units(reason, Usage("1")));
            Assert.True(error is not null, $"{reason} passed, streamed: {stream}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"text\"")]
    [InlineData("17")]
    [InlineData("{\"choices\":null,\"content\":null,\"output\":null,\"message\":null}")]
    [InlineData("<html>busy</html>")]
    public async Task WhatIsNoAnswer_IsAnError(string body)
    {
        Assert.NotNull((await AskAsync(false, body, [])).Error);
        Assert.NotNull((await AskAsync(true, body, [new HostileUnit("data: ", body, "\n\n", "messageStart")])).Error);
    }

    [Fact]
    public async Task HalfAStream_IsNeverWhole()
    {
        var units = Units(Json(_dialect.GoodReason), Usage("1"));
        for (var count = 0; count < units.Length; count++)
        {
            // What says no more than the counts or that it was all may be missing.
            var (text, _, error) = await AskAsync(true, "", units[..count]);
            Assert.True(error is not null || text == JsonDocument.Parse(Text).RootElement.GetString(), $"{count} of {units.Length} units gave '{text}'");
            Assert.True(error is not null || count >= units.Length - 2, $"{count} of {units.Length} units passed");
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(418)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task OddErrorDocuments_StayErrors(int status)
    {
        string[] bodies = ["", "null", "[]", "{}", "[[]]", "{\"error\":null}", "{\"error\":[{}]}", "{\"message\":{\"detail\":[{\"loc\":[],\"msg\":5}]}}", "<html/>", "{\"error\":{\"message\":\"\\ud83d\"}}", "{\"__type\":17}", "{\"error\":"];
        foreach (var body in bodies)
        {
            _transport.Next = ((HttpStatusCode)status, "application/json", Encoding.UTF8.GetBytes(body), false);
            await using var answer = await _provider.ChatAsync(Call(false));
            Assert.NotEmpty(Assert.IsType<ErrorAnswer>(answer).Error.Message);
            Assert.Equal(0, _transport.Open);
        }
    }

    /// <summary>Whatever is changed in a whole answer, what passes is one by the plain rules, and says what it says.</summary>
    [Fact]
    public async Task AMutatedAnswer_IsNeverTakenForAnother()
    {
        var random = new Random(20261130);
        var passed = 0;
        for (var number = 0; number < Cases; number++)
        {
            _transport.Random = random;
            var json = JsonMutation.Mutate(_dialect.Whole(Text, Json(_dialect.GoodReason), Usage("12")), random);
            var bytes = Encoding.UTF8.GetBytes(json);
            bytes = random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            var (text, _, error) = await AskAsync(false, bytes, [], random.Next(10) == 0);
            if (error is null)
            {
                passed++;
                Assert.True(bytes.Length == Encoding.UTF8.GetByteCount(json), $"case {number}: a cut answer passed");
                using var document = JsonDocument.Parse(json);
                Assert.True(_dialect.Read(document.RootElement) is { } expected && expected == text, $"case {number}: '{text}' of {json}");
            }
        }

        Assert.InRange(passed, Cases / 20, Cases * 19 / 20);
    }

    /// <summary>The same of streams, whose units go, come twice, change places or change inside.</summary>
    [Fact]
    public async Task AMutatedStream_IsNeverTakenForAnother()
    {
        var random = new Random(20261201);
        var passed = 0;
        for (var number = 0; number < Cases / 3; number++)
        {
            _transport.Random = random;
            var units = Mutate(Units(Json(_dialect.GoodReason), Usage("12")), random);
            var (text, _, error) = await AskAsync(true, "", units);
            if (error is null)
            {
                passed++;
                Assert.True(_dialect.ReadStream(units) is { } expected && expected == text, $"case {number}: '{text}' of {string.Join('|', units.Select(u => u.Json))}");
            }
        }

        Assert.InRange(passed, Cases / 3 / 20, Cases / 3 * 19 / 20);
    }

    private static HostileUnit[] Mutate(HostileUnit[] units, Random random)
    {
        var list = units.ToList();
        var at = random.Next(list.Count);
        switch (random.Next(6))
        {
            case 0:
                list.RemoveAt(at);
                break;
            case 1:
                list.Insert(at, list[random.Next(list.Count)]);
                break;
            case 2:
                (list[at], list[0]) = (list[0], list[at]);
                break;
            case 3:
                list.RemoveRange(at, list.Count - at);
                break;
            default:
                list[at] = list[at] with { Json = JsonMutation.Mutate(list[at].Json, random) };
                break;
        }

        return [.. list];
    }

    private HostileUnit[] Units(string reason, string usage) => _dialect.Stream(Texts, reason, usage);

    private string Usage(string count) => _dialect.Usage(count, count);

    private static string Json(string text) => JsonSerializer.Serialize(text);

    private ProviderCall Call(bool stream) =>
        Calls.Chat($$"""{"model":"m","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"x"}]}""", _dialect.Model);

    private Task<(string? Text, TokenUsage? Usage, GatewayError? Error)> AskAsync(bool stream, string whole, HostileUnit[] units) =>
        AskAsync(stream, Encoding.UTF8.GetBytes(whole), units, false);

    /// <summary>Asks, reads to the end, and makes sure that nothing is held any more.</summary>
    private async Task<(string? Text, TokenUsage? Usage, GatewayError? Error)> AskAsync(bool stream, byte[] whole, HostileUnit[] units, bool isBroken)
    {
        _transport.Next = (HttpStatusCode.OK, stream ? _dialect.StreamType : "application/json", stream ? _dialect.Encode(units) : whole, isBroken);
        (string?, TokenUsage?, GatewayError?) result;
        await using (var answer = await _provider.ChatAsync(Call(stream)).AsTask().WaitAsync(TestTimeouts.Default))
        {
            result = answer switch
            {
                ErrorAnswer failed => (null, null, failed.Error),
                JsonAnswer json => (TextOf(json.Body), json.Usage, null),
                _ => await ReadAsync((StreamAnswer)answer),
            };
        }

        Assert.Equal(0, _transport.Open);
        return result;
    }

    private static async Task<(string?, TokenUsage?, GatewayError?)> ReadAsync(StreamAnswer stream)
    {
        var read = new Corruption.ReadAnswer();
        while (await stream.WaitAsync().AsTask().WaitAsync(TestTimeouts.Default) == StreamState.Ready)
        {
            while (stream.TryRead(out var chunk))
            {
                using var document = JsonDocument.Parse(chunk);
                read.AddChunk(document.RootElement);
            }
        }

        return stream.State == StreamState.Completed ? (read.Text, stream.Usage, null) : (null, null, stream.Error);
    }

    private static string TextOf(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("choices")[0].GetProperty("message").TryGetProperty("content", out var content) ? content.ToString() : "";
    }
}

public sealed class HostileOpenAITests() : HostileProviderContract(new OpenAIDialect(OpenAIProfile.OpenAI));

public sealed class HostileVLlmTests() : HostileProviderContract(new OpenAIDialect(OpenAIProfile.VLlm));

public sealed class HostileGrokTests() : HostileProviderContract(new OpenAIDialect(OpenAIProfile.Grok));

public sealed class HostileOllamaTests() : HostileProviderContract(new OllamaDialect());

public sealed class HostileAnthropicTests() : HostileProviderContract(new AnthropicDialect());

public sealed class HostileBedrockTests() : HostileProviderContract(new BedrockDialect());
