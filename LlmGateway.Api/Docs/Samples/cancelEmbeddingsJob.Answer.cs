using System.Net.Http.Headers;
using System.Text.Json;

using var client = new HttpClient { BaseAddress = new Uri("http://localhost:8080") };
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY"));

using HttpResponseMessage answer = await client.DeleteAsync("/v1/embeddings/jobs/job_0197c1f2a4b37c55a1e2d3c4b5a69788");
answer.EnsureSuccessStatusCode();
using JsonDocument job = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
Console.WriteLine($"{job.RootElement.GetProperty("status")} {job.RootElement.GetProperty("cancelRequested")}");
