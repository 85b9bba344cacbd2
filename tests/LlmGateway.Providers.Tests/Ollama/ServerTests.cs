using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Ollama;

public sealed class ServerTests : OllamaFixture
{
    /// <summary>Whatever its name: <c>ollama cp gpt-oss:120b-cloud private</c>.</summary>
    [Fact]
    public async Task AModelThatOllamaRunsElsewhere_IsToldByItsHost()
    {
        Server.On(
            "/api/tags",
            """
            {"models":[{"model":"private:latest","remote_host":"https://ollama.com","remote_model":"gpt-oss:120b"},{"model":"odd","remote_host":{"a":1}},
            {"model":"own:1b","remote_host":"","remote_model":null},{"model":"plain"}]}
            """);
        var listing = await Provider.ListModelsAsync(CancellationToken.None);
        Assert.Equal([("private:latest", true), ("odd", true), ("own:1b", false), ("plain", false)], listing.Models.Select(m => (m.Id, m.RunsElsewhere)));
    }

    [Fact]
    public async Task Tags_AreTheModels()
    {
        Server.Then(
            """
            {"models":[{"name":"llama3.2:latest","model":"llama3.2:latest","modified_at":"2025-05-04T17:37:44.706015396-07:00","size":1,"digest":"d","details":{"family":"llama"}},
            {"name":"old","modified_at":"2024-01-01T00:00:00Z"},{},7,{"model":null,"name":"x","modified_at":"yesterday"},{"name":5}]}
            """);

        var listing = await Provider.ListModelsAsync(CancellationToken.None);

        Assert.Null(listing.Error);
        Assert.Equal(
            [new ListedModel("llama3.2:latest", 1746405464, "ollama"), new ListedModel("old", 1704067200, "ollama"), new ListedModel("x", 0, "ollama")],
            listing.Models);
        Assert.Equal("GET /api/tags HTTP/1.1", Server.Only.Head.Split("\r\n")[0]);
    }

    [Fact]
    public async Task NoModels_IsAnAnswer()
    {
        Server.Then("""{"models":[]}""");

        var (models, error) = await Listing();
        Assert.Empty(models);
        Assert.Null(error);
    }

    [Theory]
    [InlineData("""{"models":null}""")]
    [InlineData("[]")]
    [InlineData("Ollama is running")]
    public async Task MalformedTags_AreAnError(string body)
    {
        Server.Then(body);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Listing()).Code);
    }

    [Fact]
    public async Task TagsThatDoNotCome_AreAnErrorAfter5Seconds()
    {
        Server.Then(c => c.StallAsync());
        await Server.ArrivedAsync();

        var listing = Provider.ListModelsAsync(CancellationToken.None).AsTask();
        await Server.ArrivedAsync();
        Time.Advance(TimeSpan.FromSeconds(5.1));

        Assert.Equal(GatewayErrorCode.UpstreamTimeout, (await listing.WaitAsync(TestTimeouts.Default)).Error?.Code);
    }

    [Fact]
    public async Task Probe_AsksForTheVersion()
    {
        Assert.Null(await Provider.ProbeAsync(CancellationToken.None));
        Assert.All(Server.Requests, r => Assert.Equal("GET /api/version HTTP/1.1", r.Head.Split("\r\n")[0]));

        Server.On("/api/version", "no version", 500);
        Assert.Equal(GatewayErrorCode.UpstreamError, (await Provider.ProbeAsync(CancellationToken.None))?.Code);
    }

    private async Task<(IReadOnlyList<ListedModel> Models, GatewayErrorCode? Code)> Listing()
    {
        var listing = await Provider.ListModelsAsync(CancellationToken.None);
        return (listing.Models, listing.Error?.Code);
    }
}
