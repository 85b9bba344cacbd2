using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace LlmGateway.TestGateway;

/// <summary>Chats as a client of the gateway asks for them.</summary>
public static class Chats
{
    public static Task<HttpResponseMessage> SendAsync(HttpClient api, string key, bool stream = false, string model = "sim-fast", string? requestId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(
                $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"!echo hello"}]}""", Encoding.UTF8, "application/json"),
        };
        if (requestId is not null)
        {
            request.Headers.Add("x-request-id", requestId);
        }

        return SendAsync(api, key, request);
    }

    /// <summary>Asks, reads the answer to its end and tells its status.</summary>
    public static async Task<HttpStatusCode> StatusAsync(HttpClient api, string key, bool stream = false, string model = "sim-fast", string? requestId = null)
    {
        using var answer = await SendAsync(api, key, stream, model, requestId);
        await answer.Content.ReadAsStringAsync();
        return answer.StatusCode;
    }

    /// <summary>Asks for something else with the key.</summary>
    public static Task<HttpResponseMessage> GetAsync(HttpClient api, string key, string path) => SendAsync(api, key, new HttpRequestMessage(HttpMethod.Get, path));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient api, string key, HttpRequestMessage request)
    {
        using (request)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            return await api.SendAsync(request);
        }
    }
}
