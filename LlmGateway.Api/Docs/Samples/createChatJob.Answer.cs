using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using var client = new HttpClient { BaseAddress = new Uri("http://localhost:8080") };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/jobs");
request.Headers.Add("Idempotency-Key", "order-42");
request.Content = new StringContent("""
    {
      "model": "llama3.2:1b",
      "messages": [{"role": "user", "content": "Summarise the minutes."}],
      "priority": "high"
    }
    """, Encoding.UTF8, "application/json");
using HttpResponseMessage answer = await client.SendAsync(request);
string text = await answer.Content.ReadAsStringAsync();
if (!answer.IsSuccessStatusCode)
{
    Console.Error.WriteLine($"{(int)answer.StatusCode}: {text}");
    return;
}

using JsonDocument job = JsonDocument.Parse(text);
Console.WriteLine($"{job.RootElement.GetProperty("id")} {job.RootElement.GetProperty("status")}");
