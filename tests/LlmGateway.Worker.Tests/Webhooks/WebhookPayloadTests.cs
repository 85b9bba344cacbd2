using System.Text.Json;
using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Webhooks;

namespace LlmGateway.Worker.Tests.Webhooks;

public class WebhookPayloadTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void ALargeResult_IsLeftOut_AndThatIsSaid()
    {
        var job = Ended(JobKind.Chat, JobStatus.Completed);
        job.Result = """{"text":"12345"}"""u8.ToArray();
        using var whole = JsonDocument.Parse(WebhookPayload.Write(new DueWebhook(job, false)));
        Assert.Equal("12345", whole.RootElement.GetProperty("data").GetProperty("result").GetProperty("text").GetString());
        Assert.False(whole.RootElement.TryGetProperty("resultOmitted", out _));

        job.Result = null;
        using var without = JsonDocument.Parse(WebhookPayload.Write(new DueWebhook(job, true)));
        Assert.False(without.RootElement.GetProperty("data").TryGetProperty("result", out _));
        Assert.True(without.RootElement.GetProperty("resultOmitted").GetBoolean());
    }

    [Theory]
    [InlineData("Chat", "Failed", "job.failed")]
    [InlineData("Embeddings", "Cancelled", "job.cancelled")]
    [InlineData("Chat", "Expired", "job.expired")]
    [InlineData("Batch", "Completed", "batch.completed")]
    public void Type_SaysWhatEndedAndHow(string kind, string status, string type)
    {
        using var document = JsonDocument.Parse(WebhookPayload.Write(new DueWebhook(Ended(Enum.Parse<JobKind>(kind), Enum.Parse<JobStatus>(status)), false)));
        Assert.Equal(type, document.RootElement.GetProperty("type").GetString());
    }

    [Fact]
    public void Id_StaysTheSameForOneEnd_AndChangesWithTheNext()
    {
        var job = Ended(JobKind.Chat, JobStatus.Failed);
        var first = WebhookPayload.IdOf(job);
        job.WebhookAttempts = 5;
        Assert.Equal(first, WebhookPayload.IdOf(job));
        // Replayed, and ended again.
        job.CompletedAt += TimeSpan.FromMilliseconds(1);
        Assert.NotEqual(first, WebhookPayload.IdOf(job));
    }

    [Fact]
    public void TriesThatWereCountedButNotSent_DoNotBringTheEndNearer()
    {
        var schedule = new RetrySchedule([TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)], new Random(1));
        var job = Ended(JobKind.Chat, JobStatus.Completed);
        job.WebhookAttempts = 20;
        Assert.InRange(schedule.Next(job, Now + TimeSpan.FromSeconds(1), null)!.Value.TotalSeconds, 5, 6);
        Assert.InRange(schedule.Next(job, Now + TimeSpan.FromSeconds(6), null)!.Value.TotalSeconds, 300, 360);
        Assert.Null(schedule.Next(job, Now + TimeSpan.FromSeconds(305), null));
        // After a long outage of the gateway the first failure is still the first.
        job.WebhookAttempts = 1;
        Assert.InRange(schedule.Next(job, Now + TimeSpan.FromDays(3), null)!.Value.TotalSeconds, 5, 6);
    }

    [Fact]
    public void TheMoreWaitForAHost_TheLaterIsTheirTurn_AndNothingIsRememberedAfterwards()
    {
        var lanes = new HostLanes(2, new ManualTimeProvider());
        Assert.Null(lanes.Enter("a"));
        Assert.Null(lanes.Enter("A"));
        var turns = Enumerable.Range(0, 2000).Select(_ => lanes.Enter("a")!.Value).ToArray();
        Assert.Equal(turns.Order(), turns);
        Assert.Equal(TimeSpan.FromSeconds(1), turns[0]);
        Assert.Equal(TimeSpan.FromMinutes(5), turns[^1]);
        Assert.Null(lanes.Enter("b"));
        lanes.Leave("a", TimeSpan.FromSeconds(1));
        Assert.Null(lanes.Enter("a"));
        lanes.Leave("a", TimeSpan.Zero);
        lanes.Leave("a", TimeSpan.Zero);
        lanes.Leave("b", TimeSpan.Zero);
        Assert.Equal(0, lanes.Count);
    }

    private static Job Ended(JobKind kind, JobStatus status) => new()
    {
        Id = "job-1", Kind = kind, Status = status, Model = "m", Request = [], QueueAt = Now, RunAfter = Now, CreatedAt = Now, CompletedAt = Now,
    };
}
