using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

public class HostRunnerTests
{
    /// <summary>As when an orchestrator sends SIGTERM to a process that is still starting.</summary>
    [Fact]
    public async Task StoppedWhileStarting_ItEndsInOrder_AndWithoutAnError()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var early = new Early();
        builder.Services.AddSingleton<IHostedService>(early);
        builder.Services.AddSingleton<IHostedService, StopsTheHost>();

        Assert.Equal(0, await HostRunner.RunAsync(() => builder, _ => { }));
        Assert.True(early.Stopped);
    }

    private sealed class Early : IHostedService
    {
        public bool Stopped { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            Stopped = true;
            return Task.CompletedTask;
        }
    }

    private sealed class StopsTheHost(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
