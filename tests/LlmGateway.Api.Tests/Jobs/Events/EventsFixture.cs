using System.Text;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Jobs.Events;

/// <summary>A gateway whose jobs a test runs by hand: rows of its own, and the log of a gateway that is alone.</summary>
public sealed class EventsFixture : IAsyncLifetime
{
    public const string OtherKey = "sk-other-0123456789abcdef";

    internal FakeJobRows Rows { get; } = new();

    internal FaultyLog Log => (FaultyLog)Gateway.Services.GetRequiredService<IJobEventLog>();

    public TestGateway Gateway { get; private set; } = null!;

    public HttpClient Client => Gateway.Client;

    public async Task InitializeAsync() => Gateway = await TestGateway.StartAsync(
        [
            ("Authentication:Keys:test:Key", TestGateway.Key),
            ("Authentication:Keys:other:Key", OtherKey),
            ("Providers:up:Type", "openai"),
            ("Providers:up:BaseUrl", "http://127.0.0.1:1/v1"),
            ("Server:StreamKeepAlive", "00:00:00.1"),
        ],
        services => services.AddSingleton<IJobStore>(Rows).AddSingleton<IJobEventLog, FaultyLog>());

    public async Task DisposeAsync() => await Gateway.DisposeAsync();

    /// <summary>A running job of its own for a test.</summary>
    internal Job Run(int attempt = 1, JobKind kind = JobKind.Chat) => Rows.Put(FakeJobRows.Running($"job_{Guid.NewGuid():N}", attempt, kind));

    internal async Task<int> AppendAsync(Job job, int first, params string[] documents) =>
        await Log.AppendAsync(job.Id, job.Attempt, first, [.. documents.Select(d => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(d))], TestTimeouts.Token());

    internal async Task EndAsync(Job job, JobStatus status, params string[] events)
    {
        Rows.End(job.Id, status, events);
        await Log.NotifyAsync(job.Id, TestTimeouts.Token());
    }

    /// <summary>Documents of an attempt: its start and chunks up to the given sequence.</summary>
    internal static string[] Documents(int attempt, int last) =>
        [.. Enumerable.Range(0, last + 1).Select(i => i == 0 ? $$"""{"attempt":{{attempt}}}""" : $$"""{"chunk":"{{attempt}} {{i}} ü"}""")];

    /// <summary>The same as the words that a client gets.</summary>
    internal static string[] Words(int attempt, int last, int from = 0) => [.. Documents(attempt, last).Select((d, i) => $"{attempt}-{i} {d}").Skip(from)];
}
