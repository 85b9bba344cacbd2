using System.Diagnostics;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.Worker.Tests.Health;

/// <summary>Readiness is told in time, whatever the checks do.</summary>
public class BoundedChecksTests
{
    private static Task<TestHost> StartAsync(Action<IHealthChecksBuilder> checks) => TestHost.StartAsync(
        builder =>
        {
            builder.AddWorker();
            checks(builder.Services.AddHealthChecks());
        },
        app => app.MapWorker());

    private static string? Description(System.Text.Json.JsonElement document, string check) =>
        document.GetProperty("checks").GetProperty(check).GetProperty("description").GetString();

    [Fact]
    public async Task AFrozenServer_DoesNotFreezeTheAnswer()
    {
        await using var worker = await StartAsync(checks => checks
            .AddAsyncCheck("heeds", async token =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return HealthCheckResult.Healthy();
            })
            .Add(new HealthCheckRegistration("deaf", new DeafCheck(), null, null)));
        var watch = Stopwatch.StartNew();
        var (status, document) = await worker.GetJsonAsync("/health/ready");
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(12));
        Assert.Equal(503, status);
        Assert.Equal("No answer within 2 s.", Description(document, "heeds"));
        Assert.Equal("No answer within 2 s.", Description(document, "deaf"));
        Assert.Equal("unhealthy", document.GetProperty("services").GetProperty("deaf").GetString());
    }

    [Fact]
    public async Task ACheckThatBlocksAThread_DoesNotFreezeTheAnswer_AndRunsOnlyOnce()
    {
        using var server = new ManualResetEventSlim();
        var runs = 0;
        await using var worker = await StartAsync(checks => checks.AddCheck(
            "blocks",
            () =>
            {
                Interlocked.Increment(ref runs);
                server.Wait();
                return HealthCheckResult.Healthy();
            },
            timeout: TimeSpan.FromMilliseconds(200)));
        for (var i = 0; i < 3; i++)
        {
            var (_, document) = await worker.GetJsonAsync("/health/ready");
            Assert.Equal("No answer within 0.2 s.", Description(document, "blocks"));
        }

        Assert.Equal(1, runs);
        server.Set();
        await worker.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "ready");
    }

    [Fact]
    public async Task ALateServerThatIsNoCondition_OnlyDegrades()
    {
        await using var worker = await StartAsync(checks => checks.Add(
            new HealthCheckRegistration("late", new DeafCheck(), HealthStatus.Degraded, null, TimeSpan.FromMilliseconds(100))));
        await worker.WaitForReadinessAsync(d => d.GetProperty("checks").GetProperty("providers").GetProperty("status").GetString() == "healthy");
        var (status, document) = await worker.GetJsonAsync("/health/ready");
        Assert.Equal((200, "degraded"), (status, document.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task ACheckThatThrows_IsUnhealthy_AndSaysNothingOfTheException()
    {
        await using var worker = await StartAsync(checks => checks.AddCheck("throws", () => throw new InvalidOperationException("password=secret")));
        var (status, document) = await worker.GetJsonAsync("/health/ready");
        Assert.Equal(503, status);
        Assert.Equal("The check failed.", Description(document, "throws"));
    }

    private sealed class DeafCheck : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            new TaskCompletionSource<HealthCheckResult>().Task;
    }
}
