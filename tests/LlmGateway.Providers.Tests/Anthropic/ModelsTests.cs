using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class ModelsTests : AnthropicFixture
{
    [Fact]
    public async Task Models_AreReadOverAllPages()
    {
        Server.Then(
            """
            {"data":[{"type":"model","id":"claude-a","display_name":"A","created_at":"2025-05-04T17:37:44Z"},{},7,{"id":null}],"has_more":true,"first_id":"claude-a","last_id":"claude a"}
            """).Then("""{"data":[{"type":"model","id":"claude-b","created_at":"someday"}],"has_more":false,"first_id":"claude-b","last_id":"claude-b"}""");

        var listing = await Provider.ListModelsAsync(CancellationToken.None);

        Assert.Null(listing.Error);
        Assert.Equal([new ListedModel("claude-a", 1746380264, "anthropic"), new ListedModel("claude-b", 0, "anthropic")], listing.Models);
        Assert.Equal(
            ["GET /v1/models?limit=1000 HTTP/1.1", "GET /v1/models?limit=1000&after_id=claude%20a HTTP/1.1"],
            Server.Requests.Select(r => r.Head.Split("\r\n")[0]));
        Assert.All(Server.Requests, r => Assert.Equal(("sk-ant-1", "2023-06-01"), (r.Header("x-api-key"), r.Header("anthropic-version"))));
    }

    [Fact]
    public async Task ListThatNeverEnds_IsLeftAfterAWhile()
    {
        for (var i = 0; i < 10; i++)
        {
            Server.Then($$"""{"data":[{"id":"m{{i}}"}],"has_more":true,"last_id":"m{{i}}"}""");
        }

        Assert.Equal(10, (await Provider.ListModelsAsync(CancellationToken.None)).Models.Count);
    }

    [Theory]
    [InlineData("""{"data":null}""")]
    [InlineData("[]")]
    [InlineData("hello")]
    public async Task MalformedList_IsAnError(string body)
    {
        Server.Then(body);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Provider.ListModelsAsync(CancellationToken.None)).Error?.Code);
    }

    [Fact]
    public async Task ListThatDoesNotCome_IsAnErrorAfter5Seconds()
    {
        Server.Then(c => c.StallAsync());

        var probe = Provider.ProbeAsync(CancellationToken.None).AsTask();
        await Server.ArrivedAsync();
        Time.Advance(TimeSpan.FromSeconds(5.1));

        Assert.Equal(GatewayErrorCode.UpstreamTimeout, (await probe.WaitAsync(TestTimeouts.Default))?.Code);
    }

    [Fact]
    public async Task Probe_TellsAWrongKey()
    {
        Server.Then("""{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}""", 401).Then("""{"data":[],"has_more":false}""");

        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await Provider.ProbeAsync(CancellationToken.None))?.Code);
        Assert.Null(await Provider.ProbeAsync(CancellationToken.None));
    }
}
