using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmGateway.TestGateway.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmGateway.IntegrationTests.Jobs;

/// <summary>Who is told when a job has ended.</summary>
[Collection(GatewayCollection.Name)]
public sealed class WebhookTests(SharedGatewayServers servers) : IAsyncLifetime
{
    private readonly ConcurrentQueue<Delivery> _deliveries = new();
    private WebApplication? _receiver;

    /// <summary>Fails the first time and is well from then on.</summary>
    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _receiver = builder.Build();
        _receiver.MapPost("/told", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var headers = context.Request.Headers;
            context.Response.StatusCode = _deliveries.IsEmpty ? 503 : 204;
            _deliveries.Enqueue(new Delivery(headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString(), body.ToArray()));
        });
        await _receiver.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await servers.EndServicesAsync();
        await _receiver!.DisposeAsync();
    }

    [Fact]
    public async Task ReceiverThatFailsFirst_IsToldAgain_WithASignatureThatItsSecretVerifies()
    {
        var system = await JobSystem.StartAsync(
            servers, ("Webhooks:SigningKey", "0123456789abcdef0123456789abcdef"), ("Webhooks:AllowHttp", "true"),
            ("Webhooks:AllowedNetworks:0", "127.0.0.0/8"), ("Webhooks:RetryDelays:0", "00:00:00.2"), ("Webhooks:RetryDelays:1", "00:00:00.2"));
        var body = $$$"""{"model":"sim-job","messages":[{"role":"user","content":"!echo told"}],"webhook":{"url":"{{{_receiver!.Urls.Single()}}}/told"}}""";
        using var accepted = await system.Client.SendAsync(HttpMethod.Post, "/v1/chat/jobs", body);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var id = (await JobClient.JsonAsync(accepted)).GetProperty("id").GetString()!;

        var job = await system.Client.WaitAsync(id, job => job.GetProperty("webhook").GetProperty("status").GetString() != "pending");

        Assert.Equal("delivered", job.GetProperty("webhook").GetProperty("status").GetString());
        Assert.Equal(2, job.GetProperty("webhook").GetProperty("attempts").GetInt32());
        Assert.Equal(2, _deliveries.Count);
        Assert.Single(_deliveries.Select(delivery => delivery.Id).Distinct());
        using var secret = await system.Client.SendAsync(HttpMethod.Get, "/v1/webhooks/secret");
        var key = Convert.FromBase64String((await JobClient.JsonAsync(secret)).GetProperty("secret").GetString()!["whsec_".Length..]);
        Assert.All(_deliveries, delivery => Assert.Equal(SignatureOf(key, delivery), delivery.Signature));
        var told = JsonDocument.Parse(_deliveries.Last().Body).RootElement;
        Assert.Equal("job.completed", told.GetProperty("type").GetString());
        Assert.Equal(id, told.GetProperty("data").GetProperty("id").GetString());
        Assert.Equal("told", JobClient.Text(told.GetProperty("data"))?.Trim());
    }

    private static string SignatureOf(byte[] key, Delivery delivery)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{delivery.Id}.{delivery.Timestamp}."), .. delivery.Body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
    }

    private sealed record Delivery(string Id, string Timestamp, string Signature, byte[] Body);
}
