using System.Text.Json;
using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Tests.Batches;

public sealed class BatchHandlerTests
{
    /// <summary>The Api classifies and this worker has no settings for it: what the Api would have kept in must not get out here.</summary>
    [Fact]
    public async Task LinesAreJudged_ByTheSettingsUnderWhichTheBatchWasAccepted()
    {
        await using var stage = await BatchStage.StartAsync();
        var sensitive = BatchStage.Line(2).Replace("answer 2", "4111 1111 1111 1111", StringComparison.Ordinal);
        var end = await stage.EndAsync(await stage.CreateAsync([BatchStage.Line(1), sensitive], acceptedUnder: """{"Enabled":true}"""));
        Assert.Equal(JobStatus.Completed, end.Status);
        Assert.Equal("c1", Assert.Single(await stage.ReadAsync(end.OutputFileId)).GetProperty("custom_id").GetString());
        var refused = Assert.Single(await stage.ReadAsync(end.ErrorFileId));
        Assert.Contains("sensitive_content_no_secure_provider", refused.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(stage.Simulator.Requests, request => request.Body.Contains("4111", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SettingsThatThisWorkerDoesNotUnderstand_LetNoLineOut()
    {
        await using var stage = await BatchStage.StartAsync();
        var end = await stage.EndAsync(await stage.CreateAsync([BatchStage.Line(1)], acceptedUnder: """{"Enabled":true,"FromTheFuture":1}"""));
        Assert.Contains("sensitive_content_no_secure_provider", Assert.Single(await stage.ReadAsync(end.ErrorFileId)).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LinesAreKept_ToTheModelsOfTheKey()
    {
        await using var stage = await BatchStage.StartAsync();
        var end = await stage.EndAsync(await stage.CreateAsync([BatchStage.Line(1), BatchStage.Line(2, "sim-slow")], allowedModels: ["sim-fast"]));
        Assert.Equal("c1", Assert.Single(await stage.ReadAsync(end.OutputFileId)).GetProperty("custom_id").GetString());
        Assert.Contains("forbidden", Assert.Single(await stage.ReadAsync(end.ErrorFileId)).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryLine_IsAnsweredInItsPlace_AndChargedOnce()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync(Enumerable.Range(1, 1000).Select(i => BatchStage.Line(i, i % 100 == 0 ? "nobody-has-this" : "sim-fast")));
        var end = await stage.EndAsync(job);

        Assert.Equal(JobStatus.Completed, end.Status);
        Assert.Equal((1000, 990, 10, 1d), (job.ItemsTotal, job.ItemsCompleted, job.ItemsFailed, job.Progress));
        Assert.NotNull(job.InProgressAt);
        Assert.NotNull(job.FinalizingAt);
        var output = await stage.ReadAsync(end.OutputFileId);
        AssertAnswers(output, Enumerable.Range(1, 1000).Where(i => i % 100 != 0));
        Assert.Equal(["id", "custom_id", "response", "error"], output[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(990, output.Select(line => line.GetProperty("id").GetString()).Distinct().Count());
        Assert.All(output, line => Assert.Equal(JsonValueKind.Null, line.GetProperty("error").ValueKind));

        var errors = await stage.ReadAsync(end.ErrorFileId);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"c{i * 100}"), errors.Select(line => line.GetProperty("custom_id").GetString()!));
        Assert.Equal(404, errors[0].GetProperty("response").GetProperty("status_code").GetInt32());
        Assert.Equal("model_not_found", errors[0].GetProperty("response").GetProperty("body").GetProperty("error").GetProperty("code").GetString());

        Assert.Equal(1000, stage.Charges.Select(charge => charge.Id).Distinct().Count());
        Assert.Equal(1000, stage.Charges.Count);
        Assert.All(stage.Charges, charge => Assert.Equal((job.Id, "key", "ada"), (charge.JobId, charge.ApiKeyId, charge.Owner)));
        Assert.Equal(990, stage.Charges.Count(charge => charge is { Status: 200, CompletionTokens: > 0 }));
    }

    [Fact]
    public async Task AWorkerThatIsLost_IsSucceededWhereItWas()
    {
        await using var stage = await BatchStage.StartAsync(("Batches:BatchSize", "7"));
        var job = await stage.CreateAsync(Enumerable.Range(1, 200).Select(i => BatchStage.Line(i)));
        var first = stage.Claim(job.Id, "w1");
        RunningJob? second = null;
        stage.Items.OnWritten = count =>
        {
            if (count == 9)
            {
                second = stage.Claim(job.Id, "w2");
                first.RequestStop(StopReason.LeaseLost);
            }
        };
        Assert.IsType<JobOutcome.Failed>(await stage.RunAsync(first));
        Assert.InRange(job.ItemsCompleted, 9, 199);
        var answered = job.ItemsCompleted;

        stage.Items.OnWritten = null;
        var asked = stage.Asked;
        var end = Assert.IsType<JobOutcome.Ended>(await stage.RunAsync(second!)).End;
        Assert.Equal(JobStatus.Completed, end.Status);
        Assert.Equal(200 - answered, stage.Asked - asked);
        AssertAnswers(await stage.ReadAsync(end.OutputFileId), Enumerable.Range(1, 200));
        Assert.Null(end.ErrorFileId);
        Assert.Equal(200, stage.Charges.Count);
        Assert.Equal(200, stage.Charges.Select(charge => charge.Id).Distinct().Count());
        Assert.Equal((200, 200, 0), (job.ItemsTotal, job.ItemsCompleted, job.ItemsFailed));
    }

    [Fact]
    public async Task FilesThatAreThereAlready_AreGivenBackAgain()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync([BatchStage.Line(1), BatchStage.Line(2, "nobody-has-this")]);
        var end = await stage.EndAsync(job);
        var again = await stage.EndAsync(job, "w2");
        Assert.Equal((end.Status, end.OutputFileId, end.ErrorFileId), (again.Status, again.OutputFileId, again.ErrorFileId));
        Assert.Single(await stage.ReadAsync(again.OutputFileId));
        Assert.Equal(1, stage.Asked);
    }

    [Fact]
    public async Task Cancelling_StopsCallsAtOnce_AndKeepsWhatWasAnswered()
    {
        await using var stage = await BatchStage.StartAsync(("Batches:MaxConcurrentRequests", "4"));
        var job = await stage.CreateAsync(Enumerable.Range(1, 50).Select(i => BatchStage.Line(i, i <= 3 ? "sim-fast" : "sim-slow")));
        var running = stage.Claim(job.Id, "w1");
        var run = stage.RunAsync(running);
        await Eventually.IsTrueAsync(() => job.ItemsCompleted == 3 && stage.Simulator.Stats.Total.Active == 4, "four lines are being answered");
        running.RequestStop(StopReason.Cancelled);
        await Eventually.IsTrueAsync(() => stage.Simulator.Stats.Total.Active == 0, "the calls have stopped");
        var end = Assert.IsType<JobOutcome.Ended>(await run).End;
        Assert.Equal(JobStatus.Cancelled, end.Status);
        AssertAnswers(await stage.ReadAsync(end.OutputFileId), [1, 2, 3]);
        Assert.Null(end.ErrorFileId);
        Assert.Equal((50, 3, 0), (job.ItemsTotal, job.ItemsCompleted, job.ItemsFailed));
        Assert.Equal(3, stage.Charges.Count);
        Assert.Empty(await stage.Items.OpenAsync(job.Id, 0, 10, default));
    }

    [Fact]
    public async Task ABatchWhoseCancellationOutlivedItsWorker_IsFinishedByTheNext()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync([BatchStage.Line(1), BatchStage.Line(2, "sim-slow")]);
        var first = stage.Claim(job.Id, "w1");
        var run = stage.RunAsync(first);
        await Eventually.IsTrueAsync(() => job.ItemsCompleted == 1, "one line is answered");
        first.RequestStop(StopReason.Shutdown);
        Assert.IsType<JobOutcome.Failed>(await run);
        Assert.Equal([2], (await stage.Items.OpenAsync(job.Id, 0, 10, default)).Select(item => item.Line));

        job.CancelRequestedAt = TimeProvider.System.GetUtcNow();
        var end = await stage.EndAsync(job, "w2");
        Assert.Equal(JobStatus.Cancelled, end.Status);
        Assert.Single(await stage.ReadAsync(end.OutputFileId));
    }

    [Fact]
    public async Task ABatchThatIsNotDoneInTime_Expires_WithItsAnswers()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync(Enumerable.Range(1, 20).Select(i => BatchStage.Line(i, i <= 2 ? "sim-fast" : "sim-slow")));
        var first = stage.Claim(job.Id, "w1");
        var run = stage.RunAsync(first);
        await Eventually.IsTrueAsync(() => job.ItemsCompleted == 2, "two lines are answered");
        first.RequestStop(StopReason.Shutdown);
        await run;

        // Its time ends while the next worker waits for the others.
        var late = stage.Claim(job.Id, "w2", TimeProvider.System.GetUtcNow().AddSeconds(1));
        var end = Assert.IsType<JobOutcome.Ended>(await stage.RunAsync(late)).End;
        Assert.Equal(JobStatus.Expired, end.Status);
        AssertAnswers(await stage.ReadAsync(end.OutputFileId), [1, 2]);
        var errors = await stage.ReadAsync(end.ErrorFileId);
        Assert.Equal(18, errors.Length);
        Assert.All(errors, line =>
        {
            Assert.Equal(JsonValueKind.Null, line.GetProperty("response").ValueKind);
            Assert.Equal("batch_expired", line.GetProperty("error").GetProperty("code").GetString());
        });
        Assert.Equal((2, 18), (job.ItemsCompleted, job.ItemsFailed));
    }

    [Fact]
    public async Task TheCompletionWindow_IsMeasuredByTheStoresClock()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync([BatchStage.Line(1)]);
        var anHourAgo = TimeProvider.System.GetUtcNow().AddHours(-1);
        var running = stage.Claim(job.Id, "w1", anHourAgo, anHourAgo.AddDays(-1));
        Assert.Equal(JobStatus.Completed, Assert.IsType<JobOutcome.Ended>(await stage.RunAsync(running)).End.Status);
    }

    [Fact]
    public async Task AFailureThatPasses_FailsNoLine()
    {
        await using var stage = await BatchStage.StartAsync(("Batches:LineAttempts", "100"));
        stage.Simulator.Faults.Set("sim-fast", "status;code=503");
        var job = await stage.CreateAsync(Enumerable.Range(1, 20).Select(i => BatchStage.Line(i)));
        var run = stage.EndAsync(job);
        await Eventually.IsTrueAsync(() => stage.Asked > 20, "lines are asked again");
        stage.Simulator.Faults.Clear();
        var end = await run;
        Assert.Equal((20, 0), (job.ItemsCompleted, job.ItemsFailed));
        AssertAnswers(await stage.ReadAsync(end.OutputFileId), Enumerable.Range(1, 20));
        Assert.Equal(20, stage.Charges.Count);
    }

    [Fact]
    public async Task AModelThatNobodyServesYet_IsWaitedFor_ByTheLinesTogether()
    {
        await using var stage = await BatchStage.StartAsync(
            ("Batches:LineAttempts", "3"), ("Batches:MaxLineBackoff", "00:00:01"), ("Batches:MaxConcurrentRequests", "2"),
            ("Providers:away:Type", "openai"), ("Providers:away:BaseUrl", "http://127.0.0.1:9/v1"));
        var job = await stage.CreateAsync(Enumerable.Range(1, 40).Select(i => BatchStage.Line(i, "nobody-has-this")));
        var end = await stage.EndAsync(job);
        Assert.Equal((JobStatus.Completed, 40), (end.Status, job.ItemsFailed));
        var attempts = (await stage.Items.EndedAsync(job.Id, 0, 100, default)).Select(item => item.Attempt).ToArray();
        Assert.Equal(3, attempts[0]);
        Assert.All(attempts[2..], attempt => Assert.Equal(1, attempt));
    }

    [Fact]
    public async Task AModelThatNobodyServes_FailsItsLineAtOnce_WhereEveryProviderHasSaidWhatItHas()
    {
        await using var stage = await BatchStage.StartAsync(("Batches:MaxLineBackoff", "01:00:00"));
        var job = await stage.CreateAsync([BatchStage.Line(1, "nobody-has-this"), BatchStage.Line(2)]);
        await stage.EndAsync(job);
        Assert.Equal((1, 1), (job.ItemsCompleted, job.ItemsFailed));
    }

    [Fact]
    public async Task AFailureThatStays_FailsItsLine_WithTheProvidersStatus()
    {
        await using var stage = await BatchStage.StartAsync(("Batches:LineAttempts", "3"));
        stage.Simulator.Faults.Set("sim-fast", "status;code=503");
        var job = await stage.CreateAsync([BatchStage.Line(1)]);
        var end = await stage.EndAsync(job);
        Assert.Equal((JobStatus.Completed, null), (end.Status, end.OutputFileId));
        Assert.Equal(503, Assert.Single(await stage.ReadAsync(end.ErrorFileId)).GetProperty("response").GetProperty("status_code").GetInt32());
        Assert.Equal(3, stage.Asked);
    }

    [Fact]
    public async Task MemoryHoldsAFewGroups_HoweverLargeTheBatch()
    {
        await using var stage = await BatchStage.StartAsync(("Batches:BatchSize", "5"), ("Batches:MaxConcurrentRequests", "4"));
        var job = await stage.CreateAsync(Enumerable.Range(1, 400).Select(i => BatchStage.Line(i)));
        await stage.EndAsync(job);
        Assert.Equal(400, job.ItemsCompleted);
        // A page that waits, as many that run, a full channel and a group that is being written.
        Assert.InRange(stage.Items.MostHeld, 4, 4 + 4 + 5 + 5);
        Assert.Equal(400, stage.Items.Groups.Sum());
        Assert.InRange(stage.Items.Groups.Max(), 1, 5);
    }

    [Fact]
    public async Task AnAnswer_IsWrittenBeforeItsGroupIsFull_AndTheStoreMayBeAwayForAMoment()
    {
        await using var stage = await BatchStage.StartAsync(("Batches:BatchSize", "100"));
        stage.Items.Outages = 2;
        var job = await stage.CreateAsync([BatchStage.Line(1), BatchStage.Line(2, "sim-slow"), BatchStage.Line(3)]);
        var running = stage.Claim(job.Id, "w1");
        var run = stage.RunAsync(running);
        await Eventually.IsTrueAsync(() => job.ItemsCompleted == 2, "two answers are written while a third is awaited");
        running.RequestStop(StopReason.Shutdown);
        Assert.IsType<JobOutcome.Failed>(await run);
        Assert.Equal((2, 0), (job.ItemsCompleted, job.ItemsFailed));
    }

    [Fact]
    public async Task ASensitiveBatch_ReachesNoProviderThatIsNotTrusted()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync([BatchStage.Line(1)], sensitivity: "high");
        var end = await stage.EndAsync(job);
        Assert.Null(end.OutputFileId);
        Assert.Equal(403, Assert.Single(await stage.ReadAsync(end.ErrorFileId)).GetProperty("response").GetProperty("status_code").GetInt32());
        Assert.Equal(0, stage.Asked);
    }

    private static void AssertAnswers(JsonElement[] output, IEnumerable<int> lines) => Assert.Equal(
        lines.Select(i => ($"c{i}", (string?)$"answer {i}", 200)),
        output.Select(line => (
            line.GetProperty("custom_id").GetString()!,
            line.GetProperty("response").GetProperty("body").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(),
            line.GetProperty("response").GetProperty("status_code").GetInt32())));
}
