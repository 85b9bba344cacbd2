using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Fleet;

/// <summary>The fleet of a process without Redis, as a host runs it.</summary>
public sealed class FleetHostTests
{
    [Fact]
    public async Task AProcessOfTwoServices_SeesBoth()
    {
        using var host = Build(["api", "worker"], ("Service:InstanceId", "one"));
        var state = host.Services.GetRequiredService<FleetState>();
        var seen = new TaskCompletionSource<FleetView>(TaskCreationOptions.RunContinuationsAsynchronously);
        state.Changed += view =>
        {
            if (view.Services.Count > 0)
            {
                seen.TrySetResult(view);
            }
        };
        await host.StartAsync(TestTimeouts.Token());
        var view = await seen.Task.WaitAsync(TestTimeouts.Default);

        Assert.Equal(["api-one", "worker-one"], view.Services.Select(s => s.Id));
        Assert.Equal(["api", "worker"], view.Services.Select(s => s.Service));
        Assert.All(view.Services, s => Assert.NotEmpty(s.Version));
        Assert.Single(host.Services.GetServices<IHostedService>(), s => s is FleetPublisher);
        Assert.True(host.Services.GetRequiredService<FleetHealth>().IsAvailable);
        await host.StopAsync(TestTimeouts.Token());
        Assert.Empty(await host.Services.GetRequiredService<IFleetStore>().ReadAsync(CancellationToken.None));
    }

    [Fact]
    public void WithoutASetting_TheInstanceIsThisProcess()
    {
        using var host = Build(["api"]);
        var entry = Assert.IsType<ServiceInstance>(Assert.Single(host.Services.GetServices<IFleetSource>().SelectMany(s => s.Entries)));
        Assert.Equal($"api-{Environment.MachineName}-{Environment.ProcessId}", entry.Id);
    }

    [Theory]
    [InlineData("Fleet:PublishInterval", "00:00:00")]
    [InlineData("Fleet:ReadInterval", "01:00:00")]
    [InlineData("Fleet:TimeToLive", "00:00:01.5")]
    public void SettingsThatCannotWork_AreRefused(string name, string value)
    {
        using var host = Build(["api"], (name, value));
        Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IOptions<FleetOptions>>().Value);
    }

    private static IHost Build(string[] services, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        foreach (var service in services)
        {
            builder.AddFleet(service);
        }

        return builder.Build();
    }
}
