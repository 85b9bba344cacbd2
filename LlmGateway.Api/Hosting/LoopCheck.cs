using LlmGateway.Core.Routing;
using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LlmGateway.Api.Hosting;

/// <summary>Says at start when a provider is this gateway itself, and when a variable that names it was left out for that.</summary>
internal sealed partial class LoopCheck(
    IServer server, ModelDirectory directory, IConfiguration configuration, IHostApplicationLifetime lifetime, ILogger<LoopCheck> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Check);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Check()
    {
        var own = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        foreach (var provider in directory.Current.Providers.Where(p => OwnAddress.Is(own, p.Options.BaseUrl)))
        {
            LogLoop(provider.Provider.Name, provider.Options.BaseUrl);
        }

        foreach (var name in WellKnownSettings.Ignored(configuration))
        {
            LogIgnored(name);
        }
    }

    [LoggerMessage(LogLevel.Error, "Provider {Provider}: BaseUrl {Address} is this gateway itself; calls to it are refused with 508 loop_detected")]
    private partial void LogLoop(string provider, string address);

    [LoggerMessage(LogLevel.Warning, "{Variable} is the address of this gateway itself, as its clients have it set; it makes no provider")]
    private partial void LogIgnored(string variable);
}
