using System.Net;
using LlmGateway.Data.Jobs;
using static LlmGateway.Api.Tests.Jobs.Events.EventsFixture;

namespace LlmGateway.Api.Tests.Jobs.Events;

/// <summary>Who may follow what, and from where.</summary>
public sealed class EventsRequestTests(EventsFixture fixture) : IClassFixture<EventsFixture>
{
    [Fact]
    public async Task AJobOfAnotherKey_OrKind_IsNotThere()
    {
        var job = fixture.Run(kind: JobKind.Embeddings);
        using var other = fixture.Gateway.NewClient(OtherKey);
        using var anonymous = fixture.Gateway.NewClient(null);
        await ErrorAssert.IsAsync(await other.GetAsync(Path(job.Id, "embeddings")), 404, "not_found");
        await ErrorAssert.IsAsync(await fixture.Client.GetAsync(Path(job.Id)), 404, "not_found");
        await ErrorAssert.IsAsync(await fixture.Client.GetAsync(Path("nope")), 404, "not_found");
        await ErrorAssert.IsAsync(await fixture.Client.GetAsync(Path(new string('x', 200))), 404, "not_found");
        await ErrorAssert.IsAsync(await fixture.Client.GetAsync(Path("a%20b%C3%BC%0A")), 404, "not_found");
        Assert.Equal(HttpStatusCode.Unauthorized, (await anonymous.GetAsync(Path(job.Id, "embeddings"))).StatusCode);
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id, kind: "embeddings");
        Assert.Equal("running", (await stream.NextAsync())!.Json.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("0-0")]
    [InlineData("1-2-3")]
    [InlineData("1-99999999999")]
    [InlineData("END")]
    public async Task WhatIsNoId_IsRefused(string id)
    {
        var job = fixture.Run();
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(job.Id));
        request.Headers.TryAddWithoutValidation("Last-Event-ID", id);
        await ErrorAssert.IsAsync(await fixture.Client.SendAsync(request), 400, "invalid_value", "Last-Event-ID");
        await ErrorAssert.IsAsync(await fixture.Client.GetAsync(Path(job.Id, query: $"?last_event_id={id}")), 400, "invalid_value", "last_event_id");
    }

    [Fact]
    public async Task TheLastId_CanStandInTheAddress_AndTheHeaderGoesBefore()
    {
        var job = fixture.Run();
        await fixture.EndAsync(job, JobStatus.Completed, Documents(1, 3));
        var text = await fixture.Client.GetStringAsync(Path(job.Id, query: "?last_event_id=1-2"));
        Assert.Contains("id: 1-3\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("id: 1-2\n", text, StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Get, Path(job.Id, query: "?last_event_id=1-2"));
        request.Headers.Add("Last-Event-ID", "1-0");
        Assert.Contains("id: 1-1\n", await (await fixture.Client.SendAsync(request)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1-4")]
    [InlineData("1-2147483647")]
    public async Task AnIdBehindTheLastEvent_GetsTheEnd(string id)
    {
        var job = fixture.Run();
        await fixture.EndAsync(job, JobStatus.Completed, Documents(1, 3));
        var text = await fixture.Client.GetStringAsync(Path(job.Id, query: $"?last_event_id={id}"));
        Assert.Contains("id: end\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("id: 1-", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoHasSeenTheEnd_IsToldNotToComeAgain()
    {
        var job = fixture.Run();
        await fixture.EndAsync(job, JobStatus.Completed, Documents(1, 3));
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(job.Id));
        request.Headers.Add("Last-Event-ID", "end");
        using var response = await fixture.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Fact]
    public async Task AnIdOfAnAttemptThatNeverWas_CountsAsNone()
    {
        var job = fixture.Run();
        await fixture.AppendAsync(job, 0, Documents(1, 2));
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id, "9-9");
        Assert.Equal(Words(1, 2), await stream.TakeAsync(3));
    }

    [Fact]
    public async Task WithoutTheDatabase_AtTheStart_ItIsSaidWhenToComeAgain()
    {
        var job = fixture.Run();
        fixture.Rows.IsAway = true;
        try
        {
            using var response = await fixture.Client.GetAsync(Path(job.Id));
            await ErrorAssert.IsAsync(response, 503, "dependency_unavailable");
            Assert.NotNull(response.Headers.RetryAfter);
        }
        finally
        {
            fixture.Rows.IsAway = false;
        }
    }

    [Fact]
    public async Task AGatewayWithoutJobs_SaysSo()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1/v1");
        await ErrorAssert.IsAsync(await gateway.Client.GetAsync(Path("job_1")), 503, "dependency_unavailable");
    }

    [Fact]
    public async Task AHostThatStops_EndsStreamsSoonAndWithoutAnEnd()
    {
        var own = new EventsFixture();
        await own.InitializeAsync();
        var job = own.Run();
        using var stream = await FollowedStream.OpenAsync(own.Client, job.Id);
        await stream.NextAsync();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var stopping = own.Gateway.StopAsync();
        Assert.Null(await stream.NextWithIdAsync());
        await stopping;
        // Far below the time that other requests are given to end.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        await own.DisposeAsync();
    }

    private static Uri Path(string id, string kind = "chat", string query = "") => new($"/v1/{kind}/jobs/{id}/events{query}", UriKind.Relative);
}
