using System.Net.Http.Headers;
using System.Net.ServerSentEvents;

using var client = new HttpClient { BaseAddress = new Uri("http://localhost:8080") };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using Stream stream = await client.GetStreamAsync("/v1/embeddings/jobs/job_0197c1f2a4b37c55a1e2d3c4b5a69788/events");
await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync())
{
    Console.WriteLine($"{item.EventType} {item.EventId} {item.Data}");
}
