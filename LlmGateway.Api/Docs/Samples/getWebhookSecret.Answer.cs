using System.Net.Http.Headers;
using System.Text.Json;

using var client = new HttpClient();
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using var answer = JsonDocument.Parse(await client.GetStringAsync("http://localhost:8080/v1/webhooks/secret"));
Console.WriteLine(answer.RootElement.GetProperty("secret").GetString());
