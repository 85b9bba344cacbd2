using System.Text.Json;
using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using Microsoft.AspNetCore.Http;

namespace LlmGateway.Worker.Tests.Webhooks;

public class WebhookDeliveryTests
{
    [Fact]
    public async Task AnEndedJob_IsDeliveredSigned_Once()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        var job = harness.Add("job-1");
        var received = await harness.ReceivedAsync();
        Assert.Equal(new Settled("job-1", true, null, null), await harness.Outbox.NextAsync());

        Assert.StartsWith("msg_job-1", received.Id, StringComparison.Ordinal);
        var timestamp = long.Parse(received.Timestamp, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(harness.Signer.Sign(DeliveryHarness.KeyId, received.Id, timestamp, received.Body), received.Signature);
        using var document = JsonDocument.Parse(received.Body);
        Assert.Equal("job.completed", document.RootElement.GetProperty("type").GetString());
        Assert.Equal(job.CompletedAt, document.RootElement.GetProperty("timestamp").GetDateTimeOffset());
        Assert.Equal("job-1", document.RootElement.GetProperty("data").GetProperty("id").GetString());
        Assert.Equal("chatcmpl-1", document.RootElement.GetProperty("data").GetProperty("result").GetProperty("id").GetString());

        var takes = harness.Outbox.Takes;
        await harness.PassTimeUntilAsync(() => harness.Outbox.Takes > takes + 2, "the outbox was looked at again");
        Assert.False(harness.HasReceived);
    }

    [Fact]
    public async Task AFailedDelivery_IsTriedAgainByTheSchedule_WithTheSameId_ThenGivenUp()
    {
        await using var harness = await DeliveryHarness.StartAsync(o => o.RetryDelays.AddRange([TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)]));
        harness.Answer = context => AnswerAsync(context, 500);
        var job = harness.Add("job-1");
        var ids = new HashSet<string>();
        foreach (var delay in harness.Options.RetryDelays)
        {
            ids.Add((await harness.ReceivedAsync()).Id);
            var settled = await harness.Outbox.NextAsync();
            Assert.Equal("The receiver answered with status 500.", settled.Reason);
            Assert.InRange(settled.RetryAfter!.Value, delay, delay * 1.2);
            Assert.False(harness.HasReceived);
            var tries = job.WebhookAttempts;
            await harness.PassTimeUntilAsync(() => job.WebhookAttempts > tries, "the delivery was tried again");
        }

        ids.Add((await harness.ReceivedAsync()).Id);
        Assert.Single(ids);
        Assert.Equal(new Settled("job-1", false, null, "The receiver answered with status 500."), await harness.Outbox.NextAsync());
    }

    [Fact]
    public async Task Gone_EndsTheDelivery()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Answer = context => AnswerAsync(context, 410);
        harness.Add("job-1");
        Assert.Equal(new Settled("job-1", false, null, "The receiver answered with status 410."), await harness.Outbox.NextAsync());
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("1", 5)]
    [InlineData("86400", 3600)]
    public async Task RetryAfter_IsHonouredWithinReason(string asked, int least)
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Answer = context =>
        {
            context.Response.Headers.RetryAfter = asked;
            return AnswerAsync(context, 503);
        };
        harness.Add("job-1");
        Assert.InRange((await harness.Outbox.NextAsync()).RetryAfter!.Value.TotalSeconds, least, least * 1.2);
    }

    [Fact]
    public async Task ARedirect_IsAFailure_AndNotFollowed()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Answer = context =>
        {
            context.Response.Headers.Location = "/elsewhere";
            return AnswerAsync(context, 307);
        };
        harness.Add("job-1");
        Assert.Equal("The receiver answered with status 307; redirects are not followed.", (await harness.Outbox.NextAsync()).Reason);
        Assert.Equal("/hook", (await harness.ReceivedAsync()).Path);
        Assert.False(harness.HasReceived);
    }

    [Fact]
    public async Task AReceiverThatNeverAnswers_FailsInTime()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        harness.Add("job-1");
        await harness.ReceivedAsync();
        await harness.PassTimeUntilAsync(() => harness.Outbox.HasSettled, "the call ended");
        Assert.Equal("The receiver did not answer within 15 s.", (await harness.Outbox.NextAsync()).Reason);
    }

    [Fact]
    public async Task AnAnswerWithoutEnd_IsNotReadToItsEnd()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Answer = async context =>
        {
            var block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
        };
        harness.Add("job-1");
        Assert.True((await harness.Outbox.NextAsync()).Delivered);
    }

    [Fact]
    public async Task AnAnswerWithAHugeHead_IsAFailure()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Answer = context =>
        {
            context.Response.Headers["x-huge"] = new string('x', 100_000);
            return AnswerAsync(context, 200);
        };
        harness.Add("job-1");
        Assert.False((await harness.Outbox.NextAsync()).Delivered);
    }

    [Fact]
    public async Task AnAddressThatMayNotBeCalled_IsNamedNowhere()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Add("job-1", host: "private.test");
        var settled = await harness.Outbox.NextAsync();
        Assert.Equal("The receiver's host leads to an address that may not be called.", settled.Reason);
        Assert.NotNull(settled.RetryAfter);
        Assert.False(harness.HasReceived);
    }

    [Fact]
    public async Task AUrlThatIsNoLongerAllowed_IsGivenUp()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Add("job-1", path: "/refused");
        Assert.Equal(new Settled("job-1", false, null, "The webhook's host may not be called."), await harness.Outbox.NextAsync());
        Assert.False(harness.HasReceived);
    }

    [Fact]
    public async Task ACrashBetweenSendingAndSettling_SendsAgainWithTheSameId()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        Job? job = null;
        var unsettled = 0;
        harness.Outbox.Fault = call =>
        {
            if (call == "delivered" && job is not { WebhookAttempts: > 1 })
            {
                Interlocked.Increment(ref unsettled);
                throw new StoreUnavailableException("gone");
            }
        };
        job = harness.Add("job-1");
        var first = await harness.ReceivedAsync();
        // Its answer must have come before time passes, or the call times out instead.
        await Eventually.IsTrueAsync(() => Volatile.Read(ref unsettled) > 0, "the answer was there");
        // Nothing is settled; the hold runs out.
        await harness.PassTimeUntilAsync(() => job.WebhookAttempts > 1, "the delivery was taken again");
        Assert.Equal(first.Id, (await harness.ReceivedAsync()).Id);
        Assert.True((await harness.Outbox.NextAsync()).Delivered);
    }

    [Fact]
    public async Task AStoreThatIsAway_IsAskedEverMoreSeldom_AndThenServedAgain()
    {
        await using var harness = await DeliveryHarness.StartAsync();
        harness.Outbox.Fault = call => throw new StoreUnavailableException(call);
        var job = harness.Add("job-1");
        var before = harness.Outbox.Takes;
        var start = harness.Time.GetUtcNow();
        await harness.PassTimeUntilAsync(() => harness.Outbox.Takes >= before + 6, "the store was asked again");
        // 1 + 2 + 4 + 8 + 16 seconds lie between six questions.
        Assert.True(harness.Time.GetUtcNow() - start >= TimeSpan.FromSeconds(30), "the store was asked too often");
        harness.Outbox.Fault = _ => { };
        await harness.PassTimeUntilAsync(() => job.WebhookAttempts > 0, "the delivery was taken");
        Assert.True((await harness.Outbox.NextAsync()).Delivered);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ASlowReceiver_DoesNotHoldUpOthers(bool manyNames)
    {
        await using var harness = await DeliveryHarness.StartAsync(o => o.MaxConcurrent = 8);
        harness.Answer = context => context.Request.Path == "/slow" ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        for (var i = 0; i < 30; i++)
        {
            // One receiver of many clients, or many names of one client.
            harness.Add($"slow-{i}", "/slow", manyNames ? $"slow-{i}.test" : "slow.test", keyId: manyNames ? DeliveryHarness.KeyId : $"key-of-{i}");
        }

        harness.Add("quick", "/quick", "quick.test", keyId: "key-2");
        // A quarter of eight may go to the slow one; which connection is the first to be heard is chance.
        var received = new[] { await harness.ReceivedAsync(), await harness.ReceivedAsync(), await harness.ReceivedAsync() };
        Assert.Equal(["/quick", "/slow", "/slow"], received.Select(r => r.Path).Order(StringComparer.Ordinal));
        Settled settled;
        do
        {
            settled = await harness.Outbox.NextAsync();
        }
        while (settled.JobId != "quick");
        Assert.True(settled.Delivered);
        Assert.False(harness.HasReceived);
    }

    [Fact]
    public async Task Stopping_LeavesWhatIsNotAnsweredToComeDueAgain()
    {
        await using var harness = await DeliveryHarness.StartAsync(o => o.Timeout = TimeSpan.FromMinutes(5));
        var hangs = true;
        harness.Answer = context => Volatile.Read(ref hangs) ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        var job = harness.Add("job-1");
        var first = await harness.ReceivedAsync();
        var stopping = harness.Delivery.StopAsync(CancellationToken.None);
        await harness.PassTimeUntilAsync(() => stopping.IsCompleted, "the delivery stopped");
        await stopping;
        Assert.False(harness.Outbox.HasSettled);

        Volatile.Write(ref hangs, false);
        await harness.StartDeliveryAsync();
        await harness.PassTimeUntilAsync(() => job.WebhookAttempts > 1, "another worker took it over");
        Assert.Equal(first.Id, (await harness.ReceivedAsync()).Id);
    }

    [Fact]
    public async Task WithoutASigningKey_NothingIsTaken()
    {
        await using var harness = await DeliveryHarness.StartAsync(o => o.SigningKey = null);
        await harness.Delivery.ExecuteTask!.WaitAsync(TestTimeouts.Default);
        Assert.Equal(0, harness.Outbox.Takes);
    }

    private static Task AnswerAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
