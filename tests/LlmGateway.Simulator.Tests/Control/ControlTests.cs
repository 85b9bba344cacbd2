using System.Net.Http.Json;
using System.Text.Json;

namespace LlmGateway.Simulator.Tests.Control;

public sealed class ControlTests : SimulatorTest
{
    private async Task<(int Status, JsonElement Body)> SendAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "simulator/" + path) { Content = body is null ? null : Json(body) };
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default);
    }

    [Theory]
    [InlineData("{\"faults\":\"status;code=503;times=1\"}")]
    [InlineData("status;code=503;times=1")]
    public async Task Faults_ArePutShownAndDeleted(string body)
    {
        Assert.Equal(200, (await SendAsync("PUT", "faults/sim-small", body)).Status);
        Assert.Equal("status;code=503;times=1", (await SendAsync("GET", "faults")).Body.GetProperty("sim-small").GetString());
        Assert.Equal(503, (await PostAsync("v1/chat/completions", Chat("x"))).Status);
        Assert.Equal(200, (await PostAsync("v1/chat/completions", Chat("x"))).Status);
        Assert.Equal(204, (await SendAsync("DELETE", "faults/sim-small")).Status);
        Assert.Equal(404, (await SendAsync("GET", "faults/sim-small")).Status);
        Assert.Equal(400, (await SendAsync("PUT", "faults/sim-small", "nonsense")).Status);
    }

    [Fact]
    public async Task Models_AreAddedChangedAndRemoved()
    {
        var (status, model) = await SendAsync("PUT", "models/extra", """{"contextLength":100,"firstTokenMs":1.5,"tokensPerSecond":0,"capabilities":["completion","tools"]}""");
        Assert.Equal((200, 100, 1.5), (status, model.GetProperty("contextLength").GetInt32(), model.GetProperty("firstTokenMs").GetDouble()));
        Assert.Equal(200, (await PostAsync("v1/chat/completions", Chat("x", model: "extra"))).Status);
        await SendAsync("PUT", "models/extra", """{"contextLength":3}""");
        Assert.Equal(400, (await PostAsync("v1/chat/completions", Chat("x", model: "extra"))).Status);
        Assert.Contains((await SendAsync("GET", "models")).Body.EnumerateArray(), m => m.GetProperty("name").GetString() == "extra" && m.GetProperty("loaded").GetBoolean());
        Assert.Equal(204, (await SendAsync("DELETE", "models/extra")).Status);
        Assert.Equal(404, (await PostAsync("v1/chat/completions", Chat("x", model: "extra"))).Status);
        Assert.Equal(400, (await SendAsync("PUT", "models/extra", """{"contextLength":"big"}""")).Status);
    }

    [Fact]
    public async Task Requests_AreRecordedWithHeadersBodyAndOutcome()
    {
        Http.DefaultRequestHeaders.Add("x-trace", "t-1");
        await PostAsync("v1/chat/completions?a=b", Chat("hello", ",\"stream\":true"));
        var request = (await SendAsync("GET", "requests")).Body.EnumerateArray().Last();
        Assert.Equal(("POST", "/v1/chat/completions?a=b", "sim-small", "Completed", 200), (
            request.GetProperty("method").GetString(), request.GetProperty("path").GetString(), request.GetProperty("model").GetString(),
            request.GetProperty("outcome").GetString(), request.GetProperty("status").GetInt32()));
        Assert.Equal("t-1", request.GetProperty("headers").GetProperty("x-trace").GetString());
        Assert.Equal(Chat("hello", ",\"stream\":true"), request.GetProperty("body").GetString());
        Assert.False(request.GetProperty("clientAborted").GetBoolean());
        Assert.True(request.GetProperty("chunksSent").GetInt32() > 5);
    }

    [Fact]
    public async Task Stats_CountPerModel_AndResetStartsAnew()
    {
        await PostAsync("v1/chat/completions", Chat("!echo a b c"));
        await PostAsync("v1/chat/completions", Chat("x", model: "sim-small+status"));
        await SendAsync("PUT", "models/extra", "{}");
        var stats = (await SendAsync("GET", "stats")).Body;
        var model = stats.GetProperty("models").GetProperty("sim-small");
        Assert.Equal((1, 1, 3), (model.GetProperty("completed").GetInt32(), model.GetProperty("faulted").GetInt32(), model.GetProperty("tokens").GetInt32()));
        Assert.Equal(204, (await SendAsync("POST", "reset")).Status);
        Assert.Equal(0, (await SendAsync("GET", "stats")).Body.GetProperty("completed").GetInt32());
        Assert.Empty((await SendAsync("GET", "requests")).Body.EnumerateArray());
        Assert.DoesNotContain((await SendAsync("GET", "models")).Body.EnumerateArray(), m => m.GetProperty("name").GetString() == "extra");
    }

    [Fact]
    public async Task Ring_KeepsTheLastRequests()
    {
        await using var small = await SimulatorServer.StartAsync(new SimulatorOptions { RecordedRequests = 2, RecordedBodyBytes = 4 });
        using var http = new HttpClient { BaseAddress = small.BaseAddress };
        foreach (var name in new[] { "a", "b", "c" }) await http.PostAsJsonAsync("v1/" + name, name);
        Assert.Equal(["/v1/b", "/v1/c"], small.Requests.Select(r => r.Path));
    }
}
