using System.Net.Http.Headers;
using System.Text.Json;

using var client = new HttpClient { BaseAddress = new Uri("http://localhost:8080") };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using JsonDocument batches = JsonDocument.Parse(await client.GetStringAsync("/v1/batches?limit=10"));
foreach (JsonElement batch in batches.RootElement.GetProperty("data").EnumerateArray())
{
    Console.WriteLine($"{batch.GetProperty("id")} {batch.GetProperty("status")}");
}
