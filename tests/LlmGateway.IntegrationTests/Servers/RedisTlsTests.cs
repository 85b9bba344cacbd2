using System.Text.Json;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;

namespace LlmGateway.IntegrationTests.Servers;

public sealed class RedisTlsTests
{
    [Fact]
    public async Task RedisBehindTls_IsUsed_ByAServiceThatTrustsItsAuthority_AndByNoOther()
    {
        await using var servers = await PrivateServers.StartOwnWithTlsAsync(Server.Redis);
        await using var trusting = Start(servers, ("SSL_CERT_FILE", servers.Authority));
        await using var distrustful = Start(servers);

        await AwaitRedisAsync(trusting, "healthy");
        await AwaitRedisAsync(distrustful, "degraded");
        Assert.DoesNotContain("Redis cannot be used", trusting.Output, StringComparison.Ordinal);
        Assert.Contains("Redis cannot be used", distrustful.Output, StringComparison.Ordinal);
    }

    /// <summary>As processes, because a process reads the authorities it trusts once.</summary>
    private static ServiceProcess Start(PrivateServers servers, params (string Name, string Value)[] more)
    {
        var environment = more.ToDictionary(setting => setting.Name, setting => setting.Value);
        environment["ConnectionStrings__redis"] = servers.ConnectionString(Server.Redis);
        environment["LLM_GATEWAY__Infrastructure__AllowInMemory"] = "true";
        return new ServiceProcess("LlmGateway.ModelManager", ["--urls", "http://127.0.0.1:0"], environment);
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
