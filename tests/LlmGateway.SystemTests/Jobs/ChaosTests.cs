using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using LlmGateway.Simulator.Wire;
using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Jobs;
using LlmGateway.TestGateway.Servers;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Xunit.Abstractions;

namespace LlmGateway.SystemTests.Jobs;

/// <summary>
/// Two hundred jobs at a time while something is killed at a random moment: an Api, a worker, the broker, Redis, or PostgreSQL restarted. The
/// seed is in the output; <c>LLMGATEWAY_CHAOS_SEED</c> sets it and <c>LLMGATEWAY_CHAOS_ROUNDS</c> how often, such as 20 for a nightly run.
/// </summary>
[Collection(SystemCollection.Name)]
public sealed class ChaosTests(SystemServers servers, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Jobs = 200;
    private const int Followed = 10;
    private const int Submitters = 8;
    private const int DefaultRounds = 5;

    private static readonly string[] Victims = ["api", "worker", "rabbitmq", "redis", "postgres"];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        servers.Simulator.Reset();
        await servers.EndServicesAsync();
    }

    [Fact]
    public async Task WhateverIsKilled_EveryAcceptedJobCompletesOnce_IsChargedOnce_AndCanBeFollowed()
    {
        var seed = Setting("LLMGATEWAY_CHAOS_SEED") ?? Random.Shared.Next();
        var rounds = Setting("LLMGATEWAY_CHAOS_ROUNDS") ?? DefaultRounds;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var system = await JobSystem.StartAsync(
            servers, new JobServices(Workers: 2, Runs.AsProcess, Runs.AsProcess), ("Worker:Concurrency", "25"), ("Jobs:MaxAttempts", "20"), ("Routing:CircuitBreaker:Enabled", "false"));
        var begunAgain = 0;
        for (var round = 1; round <= rounds; round++)
        {
            // Each in its turn at least, so that no run leaves one out.
            var victim = round <= Victims.Length ? Victims[round - 1] : Victims[random.Next(Victims.Length)];
            var delay = TimeSpan.FromMilliseconds(random.Next(2500));
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var again = await RoundAsync(system, round, random, victim, delay, seed);
            begunAgain += again;
            output.WriteLine($"round {round}: {victim} after {delay.TotalMilliseconds:0} ms, {clock.Elapsed.TotalSeconds:0.0} s in all, {again} jobs were begun again");
        }

        // Otherwise nothing was hit, and nothing shown.
        Assert.True(begunAgain > 0);
    }

    /// <returns>How many jobs had more than one attempt.</returns>
    private async Task<int> RoundAsync(JobSystem system, int round, Random random, string victim, TimeSpan delay, int seed)
    {
        // What each job is asked to say, and so what it must have said.
        var expected = Enumerable.Range(0, Jobs).ToDictionary(
            number => number, number => $"r{round} j{number} " + string.Join(' ', Enumerable.Range(0, random.Next(5, 60)).Select(_ => $"w{random.Next(1000)}")));
        var harm = HarmAsync(system, victim, delay, random.Next());
        var ids = new ConcurrentDictionary<int, string>();
        var followers = new ConcurrentDictionary<string, Task<List<(string Id, string Event, string Data)>>>();
        await Parallel.ForEachAsync(expected, new ParallelOptions { MaxDegreeOfParallelism = Submitters }, async (job, _) =>
        {
            var id = await system.Client.SubmitAsync($"!echo {job.Value}");
            ids[job.Key] = id;
            if (job.Key % (Jobs / Followed) == 0)
            {
                followers[id] = system.Client.FollowAsync(id);
            }
        });
        await harm;

        var ended = new ConcurrentDictionary<string, JsonElement>();
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = Submitters }, async (job, _) =>
            ended[job.Value] = await system.Client.WaitForEndAsync(job.Value));

        var where = $"seed {seed}, round {round}, {victim}";
        Assert.Equal(Jobs, ids.Values.Distinct().Count());
        foreach (var (number, id) in ids)
        {
            Assert.True(JobClient.Status(ended[id]) == "completed", $"{where}: {ended[id]}");
            Assert.True(expected[number] == JobClient.Text(ended[id])?.Trim(), $"{where}: {ended[id]}");
        }

        await AssertChargedOnceAsync(system, ids.Values, where);
        AssertAnswered(round, expected.Values, where);
        foreach (var (id, follower) in followers)
        {
            AssertWhole(await follower, JobClient.Text(ended[id])!, $"{where}: {id}");
        }

        return ended.Values.Count(job => job.GetProperty("attempt").GetInt32() > 1);
    }

    /// <summary>The ledger of the models: every answer that a client has been given was given there, to its end.</summary>
    private void AssertAnswered(int round, IEnumerable<string> prompts, string where)
    {
        var whole = servers.Simulator.Requests
            .Where(request => request.Outcome == RequestOutcome.Completed && request.Body.Contains($"!echo r{round} ", StringComparison.Ordinal))
            .Select(request => request.Body)
            .ToArray();
        Assert.All(prompts, prompt => Assert.True(whole.Any(body => body.Contains(prompt, StringComparison.Ordinal)), $"{where}: nobody was asked: {prompt}"));
    }

    /// <summary>Kills the victim after the delay, and has it come back.</summary>
    private async Task HarmAsync(JobSystem system, string victim, TimeSpan delay, int choice)
    {
        await Task.Delay(delay);
        switch (victim)
        {
            case "api":
                await system.KillApiAsync();
                await system.StartApiAsync();
                break;
            case "worker":
                var worker = choice % system.WorkerCount;
                await system.KillWorkerAsync(worker);
                await system.StartWorkerAsync(worker);
                break;
            case "postgres":
                await HarmAsync(Fault.Stop, Server.Postgres);
                break;
            default:
                await HarmAsync(Fault.Kill, victim == "redis" ? Server.Redis : Server.RabbitMq);
                break;
        }
    }

    private async Task HarmAsync(Fault fault, Server server)
    {
        var outage = await ServerOutage.BeginAsync(servers.Servers, fault, server);
        await outage.EndAsync();
    }

    private static async Task AssertChargedOnceAsync(JobSystem system, IEnumerable<string> ids, string where)
    {
        var list = string.Join(',', ids.Select(id => $"'{id}'"));
        var uncharged = await system.QueryAsync<string>(
            $"select id || ' ' || (select count(*) from usage where job_id = jobs.id) from jobs where id in ({list}) and (select count(*) from usage where job_id = jobs.id and cost > 0) <> 1");
        Assert.True(uncharged.Count == 0, $"{where}: not charged once: {string.Join(", ", uncharged)}");
    }

    /// <summary>The events of the last attempt have no gap and no repeat, and say what the result says.</summary>
    private static void AssertWhole(List<(string Id, string Event, string Data)> events, string result, string where)
    {
        var log = string.Join(' ', events.Select(e => $"{e.Id}:{e.Event}"));
        Assert.True(events[^1] is { Id: "end", Event: "completed" }, $"{where}: {log}");
        var text = "";
        var (attempt, next) = (0, 0);
        foreach (var (id, name, data) in events.SkipLast(1))
        {
            var parts = id.Split('-').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            if (name == "started")
            {
                Assert.True(parts[0] > attempt && parts[1] == 0, $"{where}: {id} after {attempt}-{next}: {log}");
                (attempt, next, text) = (parts[0], 1, "");
                continue;
            }

            Assert.True(parts[0] == attempt && parts[1] == next, $"{where}: {id} instead of {attempt}-{next}: {log}");
            next++;
            text += Delta(data);
        }

        Assert.True(result == text, $"{where}: '{text}' instead of '{result}'");
    }

    private static string Delta(string chunk)
    {
        var choices = JsonDocument.Parse(chunk).RootElement.GetProperty("choices");
        return choices.GetArrayLength() > 0 && choices[0].GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() ?? "" : "";
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
