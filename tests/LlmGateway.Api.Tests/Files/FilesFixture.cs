using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Tests.Files;

/// <summary>A gateway without a database that keeps files in memory, and two keys.</summary>
public sealed class FilesFixture : IAsyncLifetime
{
    private const string OtherKey = "sk-other-0123456789abcdef";

    public TestGateway Gateway { get; private set; } = null!;

    public HttpClient Client => Gateway.Client;

    /// <summary>With another key.</summary>
    public HttpClient Other { get; private set; } = null!;

    public static Task<TestGateway> StartAsync(params (string Name, string? Value)[] settings) => TestGateway.StartAsync(
        [
            ("Authentication:Keys:test:Key", TestGateway.Key),
            ("Authentication:Keys:other:Key", OtherKey),
            ("Providers:up:Type", "openai"),
            ("Providers:up:BaseUrl", "http://127.0.0.1:1/v1"),
            .. settings,
        ],
        services => services.AddInMemoryJobs());

    public async Task InitializeAsync()
    {
        Gateway = await StartAsync();
        Other = Gateway.NewClient(OtherKey);
    }

    public async Task DisposeAsync()
    {
        Other.Dispose();
        await Gateway.DisposeAsync();
    }

    /// <summary>A form as clients send it, the fields in this order; a value with a file name is a file.</summary>
    public static HttpContent Form(params (string Name, string Value, string? Filename)[] parts)
    {
        var text = new StringBuilder();
        foreach (var (name, value, filename) in parts)
        {
            text.Append($"--b\r\nContent-Disposition: form-data; name=\"{name}\"");
            text.Append(filename is null ? "\r\n\r\n" : $"; filename=\"{filename}\"\r\nContent-Type: application/jsonl\r\n\r\n");
            text.Append(value).Append("\r\n");
        }

        return Raw(text.Append("--b--\r\n").ToString());
    }

    public static HttpContent Raw(string body, string contentType = "multipart/form-data; boundary=b")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    public static async Task<HttpResponseMessage> PostAsync(HttpClient client, HttpContent form)
    {
        using (form)
        {
            return await client.PostAsync(new Uri("/v1/files", UriKind.Relative), form);
        }
    }

    public static async Task<JsonElement> CreateAsync(HttpClient client, string content = "{}\n", string filename = "in.jsonl", string purpose = "batch")
    {
        using var response = await PostAsync(client, Form(("purpose", purpose, null), ("file", content, filename)));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return Json.Parse(text);
    }

    public static async Task<JsonElement> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return Json.Parse(text);
    }
}
