using System.Text.Json;

// The floor of the benchmark: the least an ASP.NET Core gateway has to do. It reads the request's JSON, looks at
// `model`, forwards the bytes and streams the answer back with a flush per chunk. No keys, no validation, no tap.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var upstream = new Uri(builder.Configuration["upstream"]!.TrimEnd('/') + "/chat/completions");
using var client = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
var app = builder.Build();

app.MapGet("/health/ready", () => "ready");
app.MapPost("/v1/chat/completions", async context =>
{
    var cancelled = context.RequestAborted;
    var body = new MemoryStream((int)(context.Request.ContentLength ?? 4096));
    await context.Request.Body.CopyToAsync(body, cancelled);
    using (var json = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length)))
    {
        if (json.RootElement.GetProperty("model").GetString() is not { Length: > 0 })
        {
            throw new BadHttpRequestException("model is missing");
        }
    }

    using var request = new HttpRequestMessage(HttpMethod.Post, upstream)
    {
        Content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length) { Headers = { ContentType = new("application/json") } },
    };
    using var response = await client.SendAsync(request, cancelled);
    context.Response.StatusCode = (int)response.StatusCode;
    context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
    context.Response.ContentLength = response.Content.Headers.ContentLength;
    await using var answer = await response.Content.ReadAsStreamAsync(cancelled);
    var buffer = new byte[16 * 1024];
    for (int read; (read = await answer.ReadAsync(buffer, cancelled)) > 0;)
    {
        await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), cancelled);
        await context.Response.Body.FlushAsync(cancelled);
    }
});
app.Run();
