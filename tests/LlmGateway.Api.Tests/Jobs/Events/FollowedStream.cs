using System.Text.Json;

namespace LlmGateway.Api.Tests.Jobs.Events;

/// <param name="Name">What kind of event.</param>
/// <param name="Id">Null when it has none.</param>
/// <param name="Data">A JSON document.</param>
internal sealed record FollowedEvent(string Name, string? Id, string Data)
{
    public JsonElement Json => JsonDocument.Parse(Data).RootElement;

    /// <summary>The event in one word, for comparisons: its id and document, or for the last one how the job ended.</summary>
    public override string ToString() => Id == "end" ? Name : $"{Id} {Data}";
}

/// <summary>An answer of the events endpoint, read event by event as its grammar demands.</summary>
internal sealed class FollowedStream(HttpResponseMessage response, StreamReader reader) : IDisposable
{
    public HttpResponseMessage Response => response;

    public int Comments { get; private set; }

    public static async Task<FollowedStream> OpenAsync(HttpClient client, string id, string? lastEventId = null, string kind = "chat")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/{kind}/jobs/{id}/events");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestTimeouts.Token());
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-cache", response.Headers.GetValues("Cache-Control").Single());
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        return new FollowedStream(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next event of any kind; null at the end of the answer.</summary>
    public async Task<FollowedEvent?> NextAsync()
    {
        string? name = null, id = null, data = null;
        while (await reader.ReadLineAsync(TestTimeouts.Token()) is { } line)
        {
            if (line.Length == 0)
            {
                if (name is not null)
                {
                    return new FollowedEvent(name, id, data!);
                }
            }
            else if (line[0] == ':')
            {
                Assert.Null(name);
                Assert.Equal(": keep-alive", line);
                Comments++;
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                Assert.Null(name);
                name = line[7..];
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line[4..];
            }
            else
            {
                Assert.StartsWith("data: ", line, StringComparison.Ordinal);
                Assert.Null(data);
                data = line[6..];
            }
        }

        Assert.Null(name);
        return null;
    }

    /// <summary>The next event that has an id.</summary>
    public async Task<FollowedEvent?> NextWithIdAsync()
    {
        while (await NextAsync() is { } next)
        {
            if (next.Id is not null)
            {
                return next;
            }

            Assert.Equal("status", next.Name);
        }

        return null;
    }

    /// <summary>So many events with ids, as words.</summary>
    public async Task<string[]> TakeAsync(int count)
    {
        var taken = new string[count];
        for (var i = 0; i < count; i++)
        {
            taken[i] = (await NextWithIdAsync())?.ToString() ?? "(over)";
        }

        return taken;
    }

    /// <summary>All events with ids until the answer is over, as words.</summary>
    public async Task<string[]> RestAsync()
    {
        var rest = new List<string>();
        while (await NextWithIdAsync() is { } next)
        {
            rest.Add(next.ToString());
        }

        return [.. rest];
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}
