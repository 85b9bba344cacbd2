using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LlmGateway.AppHost.Tests.Support;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Telemetry;

namespace LlmGateway.AppHost.Tests.EndToEnd;

/// <summary>What a developer gets from <c>dotnet run --project LlmGateway.AppHost -- --local --simulate</c>, twice.</summary>
public sealed class SystemTests
{
    private static readonly object[] Question = [new { role = "user", content = "!echo It works." }];

    [LocalServersFact]
    public async Task TheSystem_AnswersEverywhere_StopsWithNothingLeft_AndGoesOnWithItsData()
    {
        var directory = Directory.CreateTempSubdirectory("llmgateway-apphost-").FullName;
        try
        {
            await using var telemetry = await OtlpReceiver.StartAsync();
            string job, key;
            await using (var system = await RunningSystem.StartAsync(directory, telemetry))
            {
                await ChatsAreAnsweredAsync(system);
                await EmbeddingsAreAnsweredAsync(system);
                job = await AJobIsAnsweredWithEventsAsync(system);
                await AJobIsOneTraceAsync(telemetry, job);
                await TheFleetIsCompleteAsync(system);
                key = await CommandsDoWhatTheySayAsync(system);
            }

            await using (var system = await RunningSystem.StartAsync(directory, telemetry))
            {
                Assert.Equal("It works.", Text((await system.Client.GetFromJsonAsync<JsonElement>($"/v1/chat/jobs/{job}")).GetProperty("result")));
                using var client = system.ClientWith(key);
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/models")).StatusCode);
                await ChatsAreAnsweredAsync(system);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task ChatsAreAnsweredAsync(RunningSystem system)
    {
        Assert.Equal("It works.", Text(await system.PostAsync("/v1/chat/completions", new { model = "sim-small", messages = Question })));

        using var stream = await system.Client.PostAsJsonAsync("/v1/chat/completions", new { model = "sim-small", messages = Question, stream = true });
        var frames = (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", frames[^1]);
        var parts = frames[..^1].Where(frame => frame.StartsWith("data: ", StringComparison.Ordinal))
            .SelectMany(frame => JsonSerializer.Deserialize<JsonElement>(frame["data: ".Length..]).GetProperty("choices").EnumerateArray())
            .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : "");
        Assert.Equal("It works.", string.Concat(parts));
    }

    private static async Task EmbeddingsAreAnsweredAsync(RunningSystem system)
    {
        var answer = await system.PostAsync("/v1/embeddings", new { model = "sim-embed", input = "It works." });
        Assert.NotEqual(0, answer.GetProperty("data")[0].GetProperty("embedding").GetArrayLength());
    }

    /// <summary>Returns the job's id.</summary>
    private static async Task<string> AJobIsAnsweredWithEventsAsync(RunningSystem system)
    {
        var job = (await system.PostAsync("/v1/chat/jobs", new { model = "sim-small", messages = Question })).GetProperty("id").GetString()!;
        var events = await system.Client.GetStringAsync($"/v1/chat/jobs/{job}/events");
        Assert.Contains("event: chunk", events, StringComparison.Ordinal);
        Assert.Contains("event: completed", events, StringComparison.Ordinal);
        Assert.Equal("It works.", Text((await system.Client.GetFromJsonAsync<JsonElement>($"/v1/chat/jobs/{job}")).GetProperty("result")));
        return job;
    }

    /// <summary>From the request at the api, over the bus, to the worker's call of the model.</summary>
    private static async Task AJobIsOneTraceAsync(OtlpReceiver telemetry, string job)
    {
        const string Bus = "MassTransit";
        ReceivedSpan? Run(IReadOnlyList<ReceivedSpan> all) =>
            all.SingleOrDefault(span => span.Name == "job chat" && span.Attributes["llm_gateway.job.id"] == job);
        await telemetry.WaitForSpansAsync(all => Run(all) is { TraceId: var trace } && all.Where(span => span.TraceId == trace).ToArray() is var spans
            && spans.Any(span => span is { Service: "api", Name: "POST /v1/chat/jobs" })
            && spans.Any(span => span is { Service: "api", Scope: Bus })
            && spans.Any(span => span is { Service: "worker", Scope: Bus })
            && spans.Any(span => span is { Service: "worker", Name: "chat sim-small" }));
    }

    private static Task TheFleetIsCompleteAsync(RunningSystem system)
    {
        string[] expected = ["api", "worker", "model-manager", "system-monitor"];
        return Eventually.IsTrueAsync(
            async () =>
            {
                var fleet = await system.Client.GetFromJsonAsync<JsonElement>("/admin/fleet");
                var services = fleet.GetProperty("services").EnumerateArray().Select(service => service.GetProperty("service").GetString());
                return !expected.Except(services).Any() && fleet.GetProperty("nodes").ToString().Contains("sim-small", StringComparison.Ordinal);
            },
            "all services and the Simulator's models in the fleet");
    }

    /// <summary>Returns the key that was made.</summary>
    private static async Task<string> CommandsDoWhatTheySayAsync(RunningSystem system)
    {
        var answer = await system.CommandAsync("test-prompt", ("model", "sim-small"), ("prompt", "!echo Hello."));
        Assert.StartsWith("Hello.", answer.Data!.Value, StringComparison.Ordinal);

        Assert.Equal("Queue batch is paused.", (await system.CommandAsync("pause-queue", ("queue", "batch"))).Message);
        Assert.True(await PausedAsync(system, "batch"));
        Assert.Equal("Queue batch is running.", (await system.CommandAsync("resume-queue", ("queue", "batch"))).Message);
        Assert.False(await PausedAsync(system, "batch"));

        Assert.StartsWith("Circuits reset: ", (await system.CommandAsync("reset-circuits")).Message, StringComparison.Ordinal);

        var made = (await system.CommandAsync("new-key", ("name", "team-search"), ("role", "user"))).Data!.Value;
        var key = made.Split(' ', '\n').Single(word => word.StartsWith("sk-gw-", StringComparison.Ordinal));
        using var client = system.ClientWith(key);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/admin/fleet")).StatusCode);
        return key;
    }

    private static async Task<bool> PausedAsync(RunningSystem system, string queue) =>
        (await system.Client.GetFromJsonAsync<JsonElement>("/admin/queue/stats")).GetProperty(queue).GetProperty("paused").GetBoolean();

    private static string? Text(JsonElement chat) => chat.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
}
