using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LlmGateway.AppHost.Tests.Support;

namespace LlmGateway.AppHost.Tests.EndToEnd;

/// <summary>The whole system in containers and processes, with the Simulator's models.</summary>
public sealed class ChatTests
{
    /// <summary>Covers the first download of the servers' images.</summary>
    private static readonly TimeSpan StartBound = TimeSpan.FromMinutes(15);

    [DockerFact]
    public async Task AChat_IsAnsweredThroughTheApi_AndShowsInItsMetrics()
    {
        using var bound = new CancellationTokenSource(StartBound);
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.LlmGateway_AppHost>(["--simulate"], bound.Token);
        MakeContainersTemporary(builder);
        await using var app = await builder.BuildAsync(bound.Token);
        await app.StartAsync(bound.Token);
        foreach (var service in new[] { "api", "worker", "model-manager", "system-monitor" })
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(service, bound.Token);
        }

        var key = await builder.Resources.OfType<ParameterResource>().Single(parameter => parameter.Name == "api-key").GetValueAsync(bound.Token);
        using var client = app.CreateHttpClient("api");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"sk-gw-{key}");

        using var response = await client.PostAsJsonAsync(
            "/v1/chat/completions",
            new { model = "sim-small", messages = new[] { new { role = "user", content = "!echo It works." } } },
            bound.Token);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(bound.Token);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer.ToString());
        Assert.Equal("It works.", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());

        var metrics = await client.GetStringAsync("/metrics", bound.Token);
        Assert.Contains(metrics.Split('\n'), line => line.StartsWith("gen_ai_client_operation_duration", StringComparison.Ordinal)
            && line.Contains("_count{", StringComparison.Ordinal) && line.Contains("sim-small", StringComparison.Ordinal));
    }

    /// <summary>The containers and volumes of somebody who develops here are neither used nor changed.</summary>
    private static void MakeContainersTemporary(IDistributedApplicationTestingBuilder builder)
    {
        foreach (var container in builder.Resources.OfType<ContainerResource>())
        {
            var kept = container.Annotations
                .Where(annotation => annotation is ContainerLifetimeAnnotation or ContainerMountAnnotation { Type: ContainerMountType.Volume })
                .ToArray();
            foreach (var annotation in kept)
            {
                container.Annotations.Remove(annotation);
            }
        }
    }
}
