using System.Text.Json;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;
using LlmGateway.ServiceDefaults.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Admin;

/// <summary>A gateway over queues in a list, and the calls of an operator.</summary>
public abstract class QueueApiTest : IAsyncLifetime
{
    private const string AdminKey = "sk-admin-0123456789abcdef";

    private protected FakeJobQueues Queues { get; } = new();

    private protected FakeAuditWriter Audit { get; } = new();

    private protected FakeJobHints Hints { get; } = new();

    protected TestGateway Gateway { get; private set; } = null!;

    protected HttpClient Admin { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Gateway = await StartAsync(services => services
            .AddSingleton<IJobQueues>(Queues).AddSingleton<IRecordWriter<AuditRecord>>(Audit).AddSingleton<IJobHints>(Hints));
        Admin = Gateway.NewClient(AdminKey);
    }

    public async Task DisposeAsync()
    {
        Admin.Dispose();
        await Gateway.DisposeAsync();
    }

    protected static Task<TestGateway> StartAsync(Action<IServiceCollection> services) => TestGateway.StartAsync(
        [
            ("Authentication:Keys:test:Key", TestGateway.Key),
            ("Authentication:Keys:boss:Key", AdminKey), ("Authentication:Keys:boss:Roles:0", "admin"),
            ("Providers:up:Type", "openai"), ("Providers:up:BaseUrl", "http://127.0.0.1:1/v1"), ("Providers:up:Models:m:ContextLength", "4096"),
        ],
        services);

    protected static HttpClient AdminOf(TestGateway gateway) => gateway.NewClient(AdminKey);

    protected Task<HttpResponseMessage> SendAsync(string method, string path, string? body = null, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), "/admin/queue" + path) { Content = body is null ? null : Json.Content(body) };
        return (client ?? Admin).SendAsync(request);
    }

    protected async Task<JsonElement> OkAsync(string method, string path, string? body = null)
    {
        using var response = await SendAsync(method, path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, text);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        return Json.Parse(text);
    }

    protected async Task<string> RefusedAsync(int status, string code, string? param, string method, string path, string? body = null)
    {
        using var response = await SendAsync(method, path, body);
        return (await ProblemAssert.IsAsync(response, status, code, param)).GetProperty("detail").GetString()!;
    }

    /// <summary>Rows as <c>action outcome subject</c>.</summary>
    protected IEnumerable<string> AuditRows() => Audit.Rows.Select(r => $"{r.Action} {r.Outcome} {r.Subject}");
}
