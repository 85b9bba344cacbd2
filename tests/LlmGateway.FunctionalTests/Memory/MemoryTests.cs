using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Memory;

/// <summary>
/// What clients and providers can make the gateway hold: its process stays within what the settings allow, and other keys are served meanwhile.
/// </summary>
public sealed partial class MemoryTests : IAsyncLifetime
{
    private const long MiB = 1024 * 1024;
    private const int Clients = 100;
    private const string Greedy = "sk-greedy-0123456789abcdef";
    private const string Other = "sk-other-0123456789abcdef";

    /// <summary>Of all requests, and of all answers.</summary>
    private const long Held = 64 * MiB;

    /// <summary>
    /// What may come on top of the process after its start: both bounds, what pools keep of them, and a megabyte for each connection (the
    /// buffers of its sockets' two sides and of Kestrel).
    /// </summary>
    private const long Bound = 2 * Held + Clients * MiB;

    private LargeAnswers _provider = null!;
    private ServiceProcess _gateway = null!;
    private Uri _address = null!;
    private HttpClient _other = null!;
    private long _before;

    public async Task InitializeAsync()
    {
        _provider = await LargeAnswers.StartAsync();
        _gateway = new ServiceProcess("LlmGateway.Api", ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>
        {
            ["LLM_GATEWAY__Infrastructure__AllowInMemory"] = "true",
            ["LLM_GATEWAY__Authentication__Keys__greedy__Key"] = Greedy,
            ["LLM_GATEWAY__Authentication__Keys__other__Key"] = Other,
            ["LLM_GATEWAY__Server__MaxBufferedRequestBytes"] = Held.ToString(CultureInfo.InvariantCulture),
            ["LLM_GATEWAY__Server__MaxBufferedResponseBytes"] = Held.ToString(CultureInfo.InvariantCulture),
            ["LLM_GATEWAY__Providers__up__Type"] = "openai",
            ["LLM_GATEWAY__Providers__up__BaseUrl"] = new Uri(_provider.BaseAddress, "v1").ToString(),
        });
        _address = new Uri(Listening().Match(await _gateway.WaitForOutputAsync(text => Listening().IsMatch(text))).Groups[1].Value);
        _other = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = _address, Timeout = TestTimeouts.Default };
        _other.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Other);
        await Eventually.IsTrueAsync(async () => await AskAsync() == HttpStatusCode.OK, "the gateway is ready");
        _before = MostResident();
    }

    public async Task DisposeAsync()
    {
        _other.Dispose();
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("whole-8", false)]
    [InlineData("stream-8", true)]
    public async Task ClientsThatDoNotReadTheirAnswers(string model, bool stream)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => ConnectAsync()));
        foreach (var client in clients)
        {
            var body = Body(model, stream);
            await SendAsync(client, Head(body.Length) + body);
        }

        // Some for whom there is no room may be refused; the rest has the beginning of an answer.
        await Eventually.IsTrueAsync(() => clients.Count(c => c.Available > 0) > Clients / 2, "answers begin");
        await StaysWithinAsync();
        Close(clients);
    }

    [Fact]
    public async Task ClientsThatSendTheirBodiesSlowly()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => ConnectAsync()));
        await Task.WhenAll(clients.Select(async client =>
        {
            await SendAsync(client, Head(4 * (int)MiB));
            // All but the end; those for whom there is no room are told before that.
            for (var sent = 0; sent < 3 && client.Available == 0; sent++)
            {
                await SendAsync(client, new string(' ', (int)MiB));
            }
        }));
        await Eventually.IsTrueAsync(() => clients.Any(c => c.Available > 0), "some are refused");
        await StaysWithinAsync();
        Close(clients);
    }

    [Fact]
    public async Task AStreamOfManyLogProbabilities_IsPassedOnAndNotHeld()
    {
        using var answer = await SendAsync("stream-300", stream: true);
        var (length, end) = await ReadAsync(answer);
        Assert.True(length > 300 * MiB, $"{length} bytes");
        Assert.EndsWith("data: [DONE]\n\n", end, StringComparison.Ordinal);
        await StaysWithinAsync();
    }

    /// <summary>Its structure is more than the gateway keeps to check an answer: it never looks whole.</summary>
    [Fact]
    public async Task ADocumentOfManyLogProbabilities_IsBrokenOff()
    {
        using var answer = await SendAsync("logprobs-300", stream: false);
        var failed = await Record.ExceptionAsync(() => ReadAsync(answer));
        Assert.True(failed is HttpRequestException or IOException || !answer.IsSuccessStatusCode, $"{answer.StatusCode}, {failed}");
        await StaysWithinAsync();
    }

    private async Task StaysWithinAsync()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync());
            var more = MostResident() - _before;
            Assert.True(more < Bound, $"{more / MiB} MiB more than the {_before / MiB} MiB after the start");
        }
    }

    private async Task<HttpStatusCode> AskAsync()
    {
        using var content = new StringContent(Body("whole-0", stream: false), Encoding.UTF8, "application/json");
        using var answer = await _other.PostAsync("/v1/chat/completions", content);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(string model, bool stream)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Body(model, stream), Encoding.UTF8, "application/json") };
        return await _other.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<(long Length, string End)> ReadAsync(HttpResponseMessage answer)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[256 * 1024];
        var length = 0L;
        var end = "";
        for (var read = 1; read > 0;)
        {
            read = await stream.ReadAsync(buffer, TestTimeouts.Token());
            length += read;
            end = read > 0 ? (end + Encoding.ASCII.GetString(buffer, 0, read))[^Math.Min(read, 20)..] : end;
        }

        return (length, end);
    }

    /// <summary>The most that the process ever had in memory.</summary>
    private long MostResident() => long.Parse(
        MostResidentLine().Match(File.ReadAllText($"/proc/{_gateway.Id}/status")).Groups[1].Value, CultureInfo.InvariantCulture) * 1024;

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 16 * 1024 };
        await socket.ConnectAsync(_address.Host, _address.Port);
        return socket;
    }

    private string Head(int length) =>
        $"POST /v1/chat/completions HTTP/1.1\r\nHost: {_address.Authority}\r\nAuthorization: Bearer {Greedy}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n";

    private static async Task SendAsync(Socket client, string text)
    {
        try
        {
            ReadOnlyMemory<byte> bytes = Encoding.ASCII.GetBytes(text);
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await client.SendAsync(bytes, TestTimeouts.Token())..];
            }
        }
        catch (SocketException)
        {
            // Refused, and closed with what was still being sent.
        }
    }

    private static string Body(string model, bool stream) => $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"x"}]}""";

    private static void Close(IEnumerable<Socket> clients)
    {
        foreach (var client in clients)
        {
            client.Dispose();
        }
    }

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();

    [GeneratedRegex(@"VmHWM:\s+(\d+) kB")]
    private static partial Regex MostResidentLine();
}
