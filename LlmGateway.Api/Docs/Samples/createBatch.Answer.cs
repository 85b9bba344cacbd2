using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using var client = new HttpClient { BaseAddress = new Uri("http://localhost:8080") };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using var body = new StringContent("""
    {
      "input_file_id": "file-019358c2a0b47d1fb2c3d4e5f6a7b8c9",
      "endpoint": "/v1/chat/completions",
      "completion_window": "24h"
    }
    """, Encoding.UTF8, "application/json");
using HttpResponseMessage answer = await client.PostAsync("/v1/batches", body);
answer.EnsureSuccessStatusCode();
using JsonDocument batch = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
Console.WriteLine($"{batch.RootElement.GetProperty("id")} {batch.RootElement.GetProperty("status")}");
