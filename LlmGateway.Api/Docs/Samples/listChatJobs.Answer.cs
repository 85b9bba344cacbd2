using System.Net.Http.Headers;
using System.Text.Json;

using var client = new HttpClient { BaseAddress = new Uri("http://localhost:8080") };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using JsonDocument page = JsonDocument.Parse(await client.GetStringAsync("/v1/chat/jobs?status=running&limit=20"));
foreach (JsonElement job in page.RootElement.GetProperty("data").EnumerateArray())
{
    Console.WriteLine($"{job.GetProperty("id")} {job.GetProperty("progress")}");
}
