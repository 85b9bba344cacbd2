using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class StreamFailureTests : BedrockFixture
{
    [Fact]
    public async Task StreamWithoutMessageStop_Fails()
    {
        byte[][] all = [MessageStart, Delta(0, """{"text":"x"}"""), BlockStop(0), MessageStop("end_turn")];
        for (var count = 0; count < all.Length; count++)
        {
            ThenStream(all[..count]);

            await using var answer = await Provider.ChatAsync(Calls.Chat(AskStream(), Model)).AsTask().WaitAsync(TestTimeouts.Default);
            var read = answer is StreamAnswer stream ? await Calls.ReadAsync(stream) : null;

            Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (read?.Error ?? (answer as ErrorAnswer)?.Error)?.Code);
            Assert.Null(read?.FinishReason);
            Assert.DoesNotContain(read?.Chunks ?? [], c => c.Contains("\"finish_reason\":\"", StringComparison.Ordinal));
        }
    }

    /// <summary>Every place where a stream can be cut, in front of the end of the message that makes it whole.</summary>
    [Fact]
    public async Task StreamThatIsCutAnywhere_IsNeverComplete()
    {
        byte[] before = [.. MessageStart, .. TextBlock(0, "x"), .. MessageStop("end_turn")];
        byte[] whole = [.. before, .. Metadata];
        for (var length = before.Length - 40; length < whole.Length; length += 3)
        {
            if (length == before.Length)
            {
                continue;
            }

            var read = await StreamAsync(AskStream(), whole[..length]);

            Assert.Equal((StreamState.Failed, GatewayErrorCode.UpstreamInterrupted), (read.State, read.Error!.Code));
            Assert.Null(read.FinishReason);
            Assert.DoesNotContain(read.Chunks, c => c.Contains("\"finish_reason\":\"", StringComparison.Ordinal));
        }
    }

    /// <summary>Bytes that are changed, lost, added or swapped anywhere in a stream, by a fixed seed.</summary>
    [Fact]
    public void Damage_IsAlwaysFound()
    {
        var random = new Random(20260101);
        byte[] whole = [.. MessageStart, .. TextBlock(0, "ab", "cd"), .. MessageStop("end_turn"), .. Metadata];
        var (payloads, isBroken, left) = EventStreams.Read(whole, whole.Length);
        Assert.Equal((6, false, 0), (payloads.Count, isBroken, left));

        for (var i = 0; i < 3000; i++)
        {
            var damaged = Damage(whole, random);

            (var read, isBroken, left) = EventStreams.Read(damaged, random.Next(1, damaged.Length + 2));

            Assert.True(isBroken || left > 0, $"Mutation {i} was not found.");
            Assert.Equal(payloads.Take(read.Count), read);
        }
    }

    [Fact]
    public async Task DamagedStreams_FailTheAnswer()
    {
        var random = new Random(7);
        byte[] whole = [.. MessageStart, .. TextBlock(0, "ab", "cd"), .. MessageStop("end_turn"), .. Metadata];
        for (var i = 0; i < 200; i++)
        {
            ThenStream(Damage(whole, random));

            await using var answer = await Provider.ChatAsync(Calls.Chat(AskStream(), Model)).AsTask().WaitAsync(TestTimeouts.Default);
            var read = answer is StreamAnswer stream ? await Calls.ReadAsync(stream) : null;

            Assert.NotNull(read?.Error ?? (answer as ErrorAnswer)?.Error);
            Assert.Null(read?.FinishReason);
        }
    }

    [Theory]
    [InlineData("contentBlockDelta", "not json")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"x"}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"x"}}""")]
    [InlineData("contentBlockDelta", """{"delta":{"text":"x"}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":[]}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"x"}}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"hologram":{}}}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0}""")]
    [InlineData("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"a","name":"f"}}}""")]
    [InlineData("contentBlockStop", """{"contentBlockIndex":1}""")]
    [InlineData("contentBlockStop", """{}""")]
    [InlineData("messageStop", """{"stopReason":"end_turn"}""")]
    [InlineData("messageStart", """{"role":"assistant"}""")]
    [InlineData("metadata", """{"usage":{"inputTokens":1,"outputTokens":1}}""")]
    public async Task EventThatDoesNotFit_FailsTheStream(string type, string payload)
    {
        var read = await StreamAsync(
            AskStream(), MessageStart, Delta(0, """{"text":"x"}"""), EventStreams.Event(type, payload), BlockStop(0), MessageStop("end_turn"), Metadata);

        Assert.Equal((StreamState.Failed, GatewayErrorCode.UpstreamInvalidResponse), (read.State, read.Error?.Code));
        Assert.Null(read.FinishReason);
        Assert.Equal(2, read.Chunks.Count);
    }

    [Theory]
    [InlineData("""{"toolResult":{"toolUseId":"a"}}""")]
    [InlineData("""{"toolUse":{"toolUseId":"a","name":"f","type":"server_tool_use"}}""")]
    [InlineData("""{"toolUse":{"name":"f"}}""")]
    [InlineData("7")]
    public async Task BlockThatCannotBePassedOn_FailsTheStream(string start)
    {
        var read = await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), BlockStart(1, start), BlockStop(1), MessageStop("end_turn"), Metadata);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, read.Error?.Code);
    }

    [Theory]
    [InlineData("tired")]
    [InlineData("malformed_tool_use")]
    public async Task UnknownStopReason_FailsTheStream(string reason)
    {
        var read = await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), MessageStop(reason), Metadata);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, read.Error?.Code);
    }

    [Theory]
    [InlineData("throttlingException", GatewayErrorCode.UpstreamRateLimited)]
    [InlineData("modelStreamErrorException", GatewayErrorCode.UpstreamError)]
    [InlineData("internalServerException", GatewayErrorCode.UpstreamError)]
    [InlineData("serviceUnavailableException", GatewayErrorCode.UpstreamUnavailable)]
    [InlineData("validationException", GatewayErrorCode.UpstreamRejected)]
    [InlineData("modelTimeoutException", GatewayErrorCode.UpstreamTimeout)]
    [InlineData("accessDeniedException", GatewayErrorCode.UpstreamCredentials)]
    [InlineData("somethingNewException", GatewayErrorCode.UpstreamError)]
    public async Task ExceptionInTheStream_FailsIt_AndIsAPlainErrorBeforeTheFirstBlock(string type, GatewayErrorCode code)
    {
        var exception = EventStreams.Exception(type, """{"message":"some trouble"}""");
        var read = await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), exception);
        var late = await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), MessageStop("end_turn"), exception);
        ThenStream(MessageStart, exception);
        var plain = await RefusedAsync(AskStream());

        Assert.All([read.Error!, late.Error!, plain], e =>
        {
            Assert.Equal(code, e.Code);
            Assert.Equal(code != GatewayErrorCode.UpstreamCredentials, (e.Message + e.ForLog).Contains("trouble", StringComparison.Ordinal));
        });
        Assert.Equal(2, read.Chunks.Count);
        Assert.Equal((2, null, null), (late.Chunks.Count, read.FinishReason, late.FinishReason));
    }

    [Fact]
    public async Task ErrorMessageInTheStream_FailsIt()
    {
        var read = await StreamAsync(
            AskStream(), MessageStart, TextBlock(0, "x"), EventStreams.Message("", (":message-type", "error"), (":error-code", "InternalFailure"), (":error-message", "trouble")));

        Assert.Equal(GatewayErrorCode.UpstreamError, read.Error?.Code);
        Assert.Equal(("Provider 'aws' reported an error.", "trouble"), (read.Error!.Message, read.Error.ForLog));
    }

    [Theory]
    [InlineData("application/json", """{"__type":"ThrottlingException","message":"slow"}""", GatewayErrorCode.UpstreamRateLimited)]
    [InlineData("application/json", Hello, GatewayErrorCode.UpstreamInvalidResponse)]
    [InlineData("text/html", "<html>", GatewayErrorCode.UpstreamInvalidResponse)]
    public async Task SomethingElseThanAStream_IsAnError(string contentType, string body, GatewayErrorCode code)
    {
        Server.Then(body, contentType: contentType);

        Assert.Equal(code, (await RefusedAsync(AskStream())).Code);
    }

    [Fact]
    public async Task Stall_FailsTheStream_AndEndsTheUpstreamCall()
    {
        Options.Timeouts = new ProviderTimeouts { Idle = TimeSpan.FromSeconds(5) };
        Start();
        var left = ThenStall((byte[])[.. MessageStart, .. TextBlock(0, "x")]);

        await AssertStallFailsAsync();
        await left.WaitAsync(TestTimeouts.Default);
    }

    [Fact]
    public async Task ClientThatLeaves_CancelsTheUpstreamCall()
    {
        var left = ThenStall((byte[])[.. MessageStart, .. TextBlock(0, "x")]);

        await OpenAndLeaveAsync();
        await left.WaitAsync(TestTimeouts.Default);
    }

    /// <summary>One stretch of bytes changed, lost, doubled or put in, before the last byte.</summary>
    private static byte[] Damage(byte[] whole, Random random)
    {
        while (true)
        {
            var at = random.Next(whole.Length - 1);
            var length = Math.Min(random.Next(1, 9), whole.Length - 1 - at);
            byte[] damaged = random.Next(4) switch
            {
                0 => [.. whole[..at], .. whole[(at + length)..]],
                1 => [.. whole[..at], .. RandomBytes(random, length), .. whole[at..]],
                2 => [.. whole[..(at + length)], .. whole[at..]],
                _ => [.. whole[..at], .. RandomBytes(random, length), .. whole[(at + length)..]],
            };
            if (!damaged.AsSpan().SequenceEqual(whole))
            {
                return damaged;
            }
        }
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
