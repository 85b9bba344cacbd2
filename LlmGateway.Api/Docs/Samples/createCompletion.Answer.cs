using System.Net.Http.Headers;
using System.Text.Json;

using var http = new HttpClient { BaseAddress = new Uri("http://localhost:8080") };
http.DefaultRequestHeaders.Authorization =
    new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using var body = new StringContent(
    """{"model": "llama3.2:1b", "prompt": "Once upon a time", "max_tokens": 40}""",
    new MediaTypeHeaderValue("application/json"));
using var response = await http.PostAsync("/v1/completions", body);
response.EnsureSuccessStatusCode();
using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
Console.WriteLine(answer.RootElement.GetProperty("choices")[0].GetProperty("text").GetString());
