using System.Diagnostics;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Api.Tests.Hosting;

public class ShutdownTests
{
    [Fact]
    public async Task AnAnswerUnderWay_IsFinishedBeforeTheHostStops()
    {
        await using var simulator = await StartSimulatorAsync(tokensPerSecond: 20);
        await using var gateway = await TestGateway.StartAsync(simulator.BaseAddress + "v1", ("Server:DrainTimeout", "00:00:30"));
        await using var connection = await gateway.ConnectAsync();
        await connection.PostAsync(Json.ChatPath, Json.ChatStream("!words 10", "m"));
        await connection.WaitForAsync("data: ");
        var stopping = gateway.StopAsync();
        var response = await connection.ReadAsync();
        var sse = SseText.Parse(response.Body);
        Assert.True(response.IsComplete);
        Assert.True(sse.IsDone);
        Assert.Equal(10, sse.Content().Split(' ').Length);
        await stopping.WaitAsync(TestTimeouts.Default);
    }

    [Fact]
    public async Task AnAnswerThatTakesTooLong_IsCutAndNeverLooksWhole()
    {
        await using var simulator = await StartSimulatorAsync(tokensPerSecond: 10);
        await using var gateway = await TestGateway.StartAsync(simulator.BaseAddress + "v1", ("Server:DrainTimeout", "00:00:00.5"));
        await using var connection = await gateway.ConnectAsync();
        await connection.PostAsync(Json.ChatPath, Json.ChatStream("!words 10000", "m"));
        await connection.WaitForAsync("data: ");
        var watch = Stopwatch.StartNew();
        await gateway.StopAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        var response = await connection.ReadAsync();
        Assert.False(response.IsComplete);
        Assert.DoesNotContain("[DONE]", response.Body, StringComparison.Ordinal);
        var end = TestTimeouts.Token();
        while (simulator.Stats.Total.Active > 0)
        {
            end.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task WithAShutdownDelay_RequestsAreStillAnswered_OverConnectionsThatClose()
    {
        await using var simulator = await StartSimulatorAsync(tokensPerSecond: 1000);
        var gateway = await TestGateway.StartAsync(simulator.BaseAddress + "v1", ("Server:ShutdownDelay", "00:00:05"));
        using (var before = await gateway.Client.GetAsync("/v1/models"))
        {
            Assert.NotEqual(true, before.Headers.ConnectionClose);
        }

        var stopping = gateway.StopAsync();
        using (var during = await gateway.Client.GetAsync("/v1/models"))
        {
            Assert.Equal(200, (int)during.StatusCode);
            Assert.True(during.Headers.ConnectionClose);
        }

        using (var readiness = await gateway.Client.GetAsync("/health/ready"))
        {
            Assert.Equal(503, (int)readiness.StatusCode);
            Assert.Contains("\"not_ready\"", await readiness.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await stopping.WaitAsync(TestTimeouts.Default);
        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.Client.GetAsync("/v1/models"));
        await gateway.DisposeAsync();
    }

    private static Task<SimulatorServer> StartSimulatorAsync(double tokensPerSecond) => SimulatorServer.StartAsync(new SimulatorOptions
    {
        Models = [new SimulatedModel { Name = "m", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = tokensPerSecond }],
    });
}
