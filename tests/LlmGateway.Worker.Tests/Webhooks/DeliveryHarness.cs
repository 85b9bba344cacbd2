using System.Net;
using System.Threading.Channels;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Webhooks;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Worker.Tests.Webhooks;

internal sealed record Received(string Path, string Id, string Timestamp, string Signature, byte[] Body);

/// <summary>A receiver on loopback, an outbox in memory and a clock by hand around the delivery under test.</summary>
internal sealed class DeliveryHarness : IAsyncDisposable
{
    public const string KeyId = "key-1";

    private readonly WebApplication _receiver;
    private readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();
    private readonly List<(WebhookDelivery Delivery, WebhookSender Sender)> _deliveries = [];

    private DeliveryHarness()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _receiver = builder.Build();
        _receiver.Run(ReceiveAsync);
        Outbox = new FakeOutbox(Time);
        Options.AllowedNetworks.Add("127.0.0.0/8");
    }

    public ManualTimeProvider Time { get; } = new();

    public FakeOutbox Outbox { get; }

    public WebhookOptions Options { get; } = new() { SigningKey = new string('k', 32), AllowHttp = true };

    /// <summary>What the receiver answers.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = _ => Task.CompletedTask;

    public WebhookSigner Signer => new(Microsoft.Extensions.Options.Options.Create(Options));

    public WebhookNudge Nudge { get; private set; } = null!;

    public bool HasReceived => _received.Reader.TryPeek(out _);

    private int Port => new Uri(_receiver.Urls.Single()).Port;

    public static async Task<DeliveryHarness> StartAsync(Action<WebhookOptions>? change = null)
    {
        var harness = new DeliveryHarness();
        change?.Invoke(harness.Options);
        await harness._receiver.StartAsync();
        await harness.StartDeliveryAsync();
        return harness;
    }

    /// <summary>A worker; several may run beside each other.</summary>
    public async Task<WebhookDelivery> StartDeliveryAsync()
    {
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        var sender = new WebhookSender(new WebhookConnector(options, new LoopbackNames()), new AnyTarget(), Signer, options, Time);
        Nudge = new WebhookNudge(Time);
        var delivery = new WebhookDelivery(Outbox, sender, Signer, Nudge, options, Time, NullLogger<WebhookDelivery>.Instance);
        _deliveries.Add((delivery, sender));
        await delivery.StartAsync(CancellationToken.None);
        return delivery;
    }

    public WebhookDelivery Delivery => _deliveries[^1].Delivery;

    public Job Add(string id, string path = "/hook", string host = "receiver.test", byte[]? result = null, string keyId = KeyId)
    {
        var now = Time.GetUtcNow();
        var job = new Job
        {
            Id = id, Kind = JobKind.Chat, Status = JobStatus.Completed, ApiKeyId = keyId, Model = "m", QueueAt = now, RunAfter = now, CreatedAt = now, CompletedAt = now,
            Request = [], Result = result ?? """{"id":"chatcmpl-1"}"""u8.ToArray(), WebhookUrl = $"http://{host}:{Port}{path}",
        };
        Outbox.Add(job);
        Nudge.Wake();
        return job;
    }

    public async Task<Received> ReceivedAsync() => await _received.Reader.ReadAsync(TestTimeouts.Token());

    /// <summary>Lets time pass in small steps until something is so, however long the code takes to begin its waits.</summary>
    public Task PassTimeUntilAsync(Func<bool> condition, string what) => Eventually.IsTrueAsync(
        () =>
        {
            if (condition())
            {
                return true;
            }

            Time.Advance(TimeSpan.FromSeconds(1));
            return false;
        },
        what);

    public async ValueTask DisposeAsync()
    {
        foreach (var (delivery, sender) in _deliveries)
        {
            var stopping = delivery.StopAsync(CancellationToken.None);
            await PassTimeUntilAsync(() => stopping.IsCompleted, "the delivery stopped");
            await stopping;
            delivery.Dispose();
            sender.Dispose();
        }

        await _receiver.StopAsync(new CancellationToken(canceled: true)).ContinueWith(static _ => { }, TaskScheduler.Default);
        await _receiver.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers;
        _received.Writer.TryWrite(new Received(
            context.Request.Path, headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString(), body.ToArray()));
        await Answer(context);
    }

    /// <summary>The rules for URLs have tests of their own.</summary>
    private sealed class AnyTarget : IWebhookTargets
    {
        public string? Refusal(string url) => url.Contains("refused", StringComparison.Ordinal) ? "the webhook's host may not be called." : null;
    }

    private sealed class LoopbackNames : INameResolver
    {
        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
            Task.FromResult(new[] { host == "private.test" ? IPAddress.Parse("10.0.0.1") : IPAddress.Loopback });
    }
}
