using System.Text.Json;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using StackExchange.Redis;

namespace LlmGateway.SystemTests.Servers;

[Collection(SystemCollection.Name)]
public sealed class RedisTlsTests
{
    [Fact]
    public async Task RedisBehindTls_IsUsed_ByAServiceThatTrustsItsAuthority_AndByNoOther()
    {
        await using var servers = await PrivateServers.StartOwnWithTlsAsync(Server.Redis);
        var address = servers.ConnectionString(Server.Redis);
        // A process of its own, because a process reads the authorities it trusts once: this one does not trust it.
        await using var service = new ServiceProcess("LlmGateway.ModelManager", ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>
        {
            ["ConnectionStrings__redis"] = address,
            ["SSL_CERT_FILE"] = servers.Authority,
            ["LLM_GATEWAY__Infrastructure__AllowInMemory"] = "true",
        });

        await AwaitRedisAsync(service, "healthy");
        var refused = await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(address));
        Assert.Contains("certificate is invalid", refused.ToString(), StringComparison.Ordinal);
    }

    private static async Task AwaitRedisAsync(ServiceProcess service, string status)
    {
        const string Listening = "Now listening on: ";
        var output = await service.WaitForOutputAsync(text => text.Contains(Listening, StringComparison.Ordinal) && text.EndsWith('\n'));
        var address = output[(output.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Split('"', '\n')[0].Trim();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address) };
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var document = JsonDocument.Parse(await (await client.GetAsync("/health/ready")).Content.ReadAsStringAsync());
                return document.RootElement.GetProperty("checks").GetProperty("redis").GetProperty("status").GetString() == status;
            },
            $"Redis is {status}");
    }
}
