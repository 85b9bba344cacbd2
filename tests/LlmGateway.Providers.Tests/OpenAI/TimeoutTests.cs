using System.Net;
using System.Net.Sockets;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.OpenAI;

/// <summary>The four bounds, and a client that leaves; what both dialects share is tested here once.</summary>
public sealed class TimeoutTests : OpenAIFixture
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
    private const string AskStream = """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""";
    private const string Chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]}\n\n";

    private static readonly ProviderTimeouts Bounds = new()
    {
        Connect = TimeSpan.FromSeconds(30), FirstToken = TimeSpan.FromSeconds(20), Idle = TimeSpan.FromSeconds(5), Total = TimeSpan.FromSeconds(60),
    };

    private IModelProvider Bounded => Make(new ProviderOptions { Timeouts = Bounds });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FirstTokenThatDoesNotCome_EndsTheCall(bool headSent)
    {
        var left = new TaskCompletionSource();
        var sent = new TaskCompletionSource();
        Server.Then(async c =>
        {
            if (headSent)
            {
                await c.SendHeadAsync(EventStream);
                await c.SendChunkAsync(": I am alive\n\n");
            }

            sent.SetResult();
            await c.StallAsync();
            left.SetResult();
        });

        var answering = Bounded.ChatAsync(Calls.Chat(AskStream)).AsTask();
        await Server.ArrivedAsync();
        await sent.Task.WaitAsync(TestTimeouts.Default);
        Time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.False(answering.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(0.2));

        var error = await Calls.ErrorAsync(new ValueTask<GatewayAnswer>(answering));
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, error.Code);
        Assert.Contains("no first token within 20 s", error.Message, StringComparison.Ordinal);
        await left.Task.WaitAsync(TestTimeouts.Default);
    }

    [Fact]
    public async Task SilenceBetweenChunks_FailsTheStream()
    {
        var left = new TaskCompletionSource();
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.SendChunkAsync(Chunk);
            await c.StallAsync();
            left.SetResult();
        });

        await using var stream = await Calls.OpenAsync(Bounded.ChatAsync(Calls.Chat(AskStream)));
        Assert.True(stream.TryRead(out _));
        var waiting = stream.WaitAsync().AsTask();
        Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal(StreamState.Failed, await waiting.WaitAsync(TestTimeouts.Default));
        Assert.Contains("nothing more for 5 s", stream.Error!.Message, StringComparison.Ordinal);
        await left.Task.WaitAsync(TestTimeouts.Default);
    }

    [Fact]
    public async Task TimeASlowClientTakes_IsNotTheProviders()
    {
        var next = new SemaphoreSlim(0);
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.SendChunkAsync(Chunk);
            await next.WaitAsync();
            await c.SendChunkAsync(Chunk);
            await next.WaitAsync();
            await c.SendChunkAsync("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
            await c.EndAsync();
        });

        await using var stream = await Calls.OpenAsync(Bounded.ChatAsync(Calls.Chat(AskStream)));
        for (var slow = 0; slow < 2; slow++)
        {
            // Longer than the bounds of the first token and of silence, while nobody waits for the provider.
            Time.Advance(TimeSpan.FromSeconds(25));
            Assert.True(stream.TryRead(out _));
            next.Release();
            Assert.Equal(StreamState.Ready, await stream.WaitAsync().AsTask().WaitAsync(TestTimeouts.Default));
        }

        Assert.Equal(StreamState.Completed, (await Calls.ReadAsync(stream)).State);
    }

    [Fact]
    public async Task WholeStreamThatTakesTooLong_Fails()
    {
        var next = new SemaphoreSlim(0);
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            while (!c.Left.IsCompleted)
            {
                await c.SendChunkAsync(Chunk);
                await Task.WhenAny(next.WaitAsync(), c.Left);
            }

            await c.StallAsync();
        });

        await using var stream = await Calls.OpenAsync(Bounded.ChatAsync(Calls.Chat(AskStream)));
        var state = StreamState.Ready;
        for (var seconds = 0; state == StreamState.Ready && seconds < 70; seconds += 4)
        {
            Assert.True(stream.TryRead(out _));
            var waiting = stream.WaitAsync().AsTask();
            Time.Advance(TimeSpan.FromSeconds(4));
            next.Release();
            state = await waiting.WaitAsync(TestTimeouts.Default);
        }

        Assert.Equal(StreamState.Failed, state);
        Assert.Contains("did not finish within 60 s", stream.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WholeDocument_HasTheTotalBoundUntilItsHead_ThenTheIdleBound()
    {
        var heads = 0;
        Server.Then(c => c.StallAsync()).Then(async c =>
        {
            await c.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
            Interlocked.Increment(ref heads);
            await c.StallAsync();
        });

        var total = Bounded.ChatAsync(Calls.Chat(Ask)).AsTask();
        await Server.ArrivedAsync();
        Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(total.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("within 60 s", (await Calls.ErrorAsync(new ValueTask<GatewayAnswer>(total))).Message, StringComparison.Ordinal);

        var idle = Bounded.ChatAsync(Calls.Chat(Ask)).AsTask();
        await Server.ArrivedAsync();
        // When the head arrives cannot be seen from here: move time in steps until the idle bound has struck, long before the total.
        for (var steps = 0; !idle.IsCompleted && steps < 9; steps++)
        {
            SpinWait.SpinUntil(() => Volatile.Read(ref heads) == 1, TestTimeouts.Default);
            Time.Advance(TimeSpan.FromSeconds(6));
            await Task.WhenAny(idle, Task.Delay(TimeSpan.FromMilliseconds(200)));
        }

        Assert.Contains("nothing more for 5 s", (await Calls.ErrorAsync(new ValueTask<GatewayAnswer>(idle))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectionThatIsNotAccepted_EndsTheCall()
    {
        // A full backlog drops the packets that would open a connection, as an address without a machine does.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var place = (IPEndPoint)full.LocalEndPoint!;
        var others = new List<Socket>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                others.Add(other);
                try
                {
                    other.Connect(place);
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
                {
                    // Under way for ever.
                }
            }

            var provider = Make(new ProviderOptions
            {
                BaseUrl = $"http://127.0.0.1:{place.Port}/v1", Timeouts = new ProviderTimeouts { Connect = TimeSpan.FromMilliseconds(300) },
            });
            var error = await Calls.ErrorAsync(provider.ChatAsync(Calls.Chat(Ask)));

            Assert.Equal(GatewayErrorCode.UpstreamTimeout, error.Code);
            Assert.Contains("accept a connection", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            others.ForEach(o => o.Dispose());
        }
    }

    [Fact]
    public async Task ModelsThatAreNotListedInTime_AreAnError()
    {
        Server.Then(c => c.StallAsync());

        var listing = Provider.ListModelsAsync(CancellationToken.None).AsTask();
        await Server.ArrivedAsync();
        Time.Advance(TimeSpan.FromSeconds(5.1));

        var error = (await listing.WaitAsync(TestTimeouts.Default)).Error!;
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, error.Code);
        Assert.Contains("within 5 s", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Ask, false)]
    [InlineData(Ask, true)]
    [InlineData(AskStream, false)]
    [InlineData(AskStream, true)]
    public async Task ClientThatLeavesBeforeTheAnswer_CancelsTheUpstreamCall(string ask, bool headSent)
    {
        using var client = new CancellationTokenSource();
        var sent = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        Server.Then(async c =>
        {
            if (headSent)
            {
                await c.SendHeadAsync(ask == Ask ? "application/json" : EventStream);
            }

            sent.SetResult();
            await c.StallAsync();
            left.SetResult();
        });

        var answering = Bounded.ChatAsync(Calls.Chat(ask, aborted: client.Token));
        await sent.Task.WaitAsync(TestTimeouts.Default);
        await client.CancelAsync();

        Assert.Equal(GatewayErrorCode.ClientClosedRequest, (await Calls.ErrorAsync(answering)).Code);
        await left.Task.WaitAsync(TestTimeouts.Default);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientThatLeavesAStream_CancelsTheUpstreamCall(bool byToken)
    {
        using var client = new CancellationTokenSource();
        var left = new TaskCompletionSource();
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.SendChunkAsync(Chunk);
            await c.StallAsync();
            left.SetResult();
        });

        var provider = Bounded;
        var stream = await Calls.OpenAsync(provider.ChatAsync(Calls.Chat(AskStream, aborted: client.Token)));
        if (byToken)
        {
            await client.CancelAsync();
            Assert.Equal(GatewayErrorCode.ClientClosedRequest, (await Calls.ReadAsync(stream)).Error?.Code);
        }

        await stream.DisposeAsync();
        await left.Task.WaitAsync(TestTimeouts.Default);

        // Otherwise a finaliser could have closed what the stream had left open.
        GC.KeepAlive(stream);
        GC.KeepAlive(provider);
    }
}
