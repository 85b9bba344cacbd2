using System.Collections.Concurrent;
using System.Net.Http.Json;
using LlmGateway.Simulator;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Api.Tests.Hosting;

/// <summary>One line for each request, when somebody wants it, and nothing of what was said.</summary>
public class AccessLogTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EveryRequest_IsALine_OnlyWhereThatIsWanted(bool wanted)
    {
        await using var simulator = await SimulatorServer.StartAsync();
        var lines = new Lines();
        await using var gateway = await TestGateway.StartAsync(
            [
                ("Authentication:Keys:team:Key", TestGateway.Key), ("Providers:up:Type", "openai"), ("Providers:up:BaseUrl", new Uri(simulator.BaseAddress, "v1").ToString()),
                ("Server:AccessLog", wanted ? "true" : "false"),
            ],
            services => services.AddSingleton<ILoggerProvider>(lines));
        foreach (var stream in new[] { false, true })
        {
            using var answer = await gateway.Client.PostAsync(
                "/v1/chat/completions", JsonContent.Create(new { model = "sim-small", stream, messages = new[] { new { role = "user", content = "!echo bluebird" } } }));
            Assert.Contains("bluebird", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using var anonymous = gateway.NewClient(null);
        using var refused = await anonymous.GetAsync("/v1/models");
        if (!wanted)
        {
            Assert.Empty(lines.All);
            return;
        }

        await Eventually.IsTrueAsync(() => lines.All.Count == 3, "every request is a line");
        Assert.All(lines.All, line => Assert.DoesNotContain("bluebird", line, StringComparison.Ordinal));
        Assert.All(lines.All.Take(2), line =>
        {
            Assert.Contains("POST /v1/chat/completions 200 ", line, StringComparison.Ordinal);
            Assert.Contains("key: team, model: sim-small, provider: up, prompt tokens: ", line, StringComparison.Ordinal);
            Assert.DoesNotContain("prompt tokens: (null)", line, StringComparison.Ordinal);
        });
        Assert.Contains("GET /v1/models 401 ", lines.All.Last(), StringComparison.Ordinal);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            categoryName == "LlmGateway.Api.Hosting.AccessLog" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
