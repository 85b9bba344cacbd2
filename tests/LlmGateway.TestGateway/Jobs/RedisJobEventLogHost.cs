using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.TestGateway.Jobs;

/// <summary>A host of nothing but the event log in Redis.</summary>
public static class RedisJobEventLogHost
{
    public static async Task<IHost> StartAsync(string redis, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([
            new("ConnectionStrings:redis", redis),
            .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
        ]);
        builder.AddJobEventLog().AddJobEventLog();
        var host = builder.Build();
        await host.StartAsync(TestTimeouts.Token());
        Assert.Equal("RedisJobEventLog", host.Services.GetRequiredService<IJobEventLog>().GetType().Name);
        return host;
    }

    public static async Task EndAsync(IHost host)
    {
        await host.StopAsync(TestTimeouts.Token());
        host.Dispose();
    }
}
