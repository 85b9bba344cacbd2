using System.Net.Http.Headers;
using System.Text.Json;

using var client = new HttpClient { BaseAddress = new Uri("http://localhost:8080") };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using HttpResponseMessage answer = await client.PostAsync("/v1/batches/batch_019358c2d1f07c2e8a54b0d9a1c3e5f7/cancel", null);
answer.EnsureSuccessStatusCode();
using JsonDocument batch = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
Console.WriteLine($"{batch.RootElement.GetProperty("id")} {batch.RootElement.GetProperty("status")}");
