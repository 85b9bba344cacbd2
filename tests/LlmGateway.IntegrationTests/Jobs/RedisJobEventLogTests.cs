using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.ServiceDefaults.Tests.Jobs;
using LlmGateway.TestGateway.Jobs;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.IntegrationTests.Jobs;

[Collection(GatewayCollection.Name)]
public sealed class RedisJobEventLogTests(SharedGatewayServers servers) : JobEventLogContract, IAsyncLifetime
{
    private IHost? _writer;
    private IHost? _reader;

    public override IJobEventLog Writer => _writer!.Services.GetRequiredService<IJobEventLog>();

    public override IJobEventLog Reader => _reader!.Services.GetRequiredService<IJobEventLog>();

    public async Task InitializeAsync()
    {
        // Patient: these tests are about what the log does, not about how fast the machine is.
        _writer = await RedisJobEventLogHost.StartAsync(servers.Redis, ("Redis:CommandTimeout", "00:00:20"));
        _reader = await RedisJobEventLogHost.StartAsync(servers.Redis, ("Redis:CommandTimeout", "00:00:20"));
    }

    public async Task DisposeAsync()
    {
        await RedisJobEventLogHost.EndAsync(_writer!);
        await RedisJobEventLogHost.EndAsync(_reader!);
    }

    [Fact]
    public async Task AStream_HasATimeToLive()
    {
        var id = $"job_{Guid.NewGuid():N}";
        await Writer.AppendAsync(id, 1, 0, Documents("start"), TestTimeouts.Token());
        var redis = _reader!.Services.GetRequiredService<RedisConnection>();
        var left = await redis.ExecuteAsync(database => database.KeyTimeToLiveAsync(RedisJobEventLog.Key(id)), TestTimeouts.Token());
        Assert.InRange(left ?? TimeSpan.MaxValue, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
    }
}
