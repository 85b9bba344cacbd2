using LlmGateway.Api.Jobs.Events;
using LlmGateway.Data.Jobs;
using static LlmGateway.Api.Tests.Jobs.Events.EventsFixture;

namespace LlmGateway.Api.Tests.Jobs.Events;

public class EndedJobsTests
{
    [Fact]
    public async Task WhoAsksAtTheSameTime_SharesTheEvents_AndNobodyHoldsTheResult()
    {
        var rows = new FakeJobRows();
        var row = rows.Put(FakeJobRows.Running("job_1"));
        rows.End("job_1", JobStatus.Completed, Documents(1, 3));
        row.Result = new byte[1000];
        using var ended = new EndedJobs();
        var allHaveAsked = new TaskCompletionSource();
        rows.WholeAnswersAfter = allHaveAsked.Task;
        var looks = Enumerable.Range(0, 20).Select(_ => ended.ReadAsync(rows, "job_1", TestTimeouts.Token())).ToArray();
        allHaveAsked.SetResult();
        var found = await Task.WhenAll(looks);
        Assert.Equal(1, rows.WholeQuestions);
        Assert.Single(found.Select(job => job!.Events).Distinct(ReferenceEqualityComparer.Instance));
        Assert.All(found, job =>
        {
            Assert.Equal(Documents(1, 3), job!.Events.Select(System.Text.Encoding.UTF8.GetString));
            Assert.Null(job.Job.Result);
            Assert.Null(job.Job.Events);
        });
        Assert.Null(await ended.ReadAsync(rows, "nobody", TestTimeouts.Token()));
    }
}
