using LlmGateway.Api.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Tests.Hosting;

public class ConfigurationTests
{
    [Fact]
    public async Task EveryMistakeOfEverySection_IsListedAtOnce()
    {
        var error = await TestGateway.FailToStartAsync(
            ("Authentication:Keys:short:Key", "tiny"),
            ("Authentication:Keys:none:Other", "x"),
            ("Server:MaxJsonDepth", "0"),
            ("Server:StreamKeepAlive", "00:00:00"),
            ("Providers:one:Type", "opnai"),
            ("Providers:one:BaseUrl", "not a url"),
            ("Providers:two:Type", "openai"),
            ("Providers:two:BaseUrl", "ftp://host"),
            ("Providers:two:Timeouts:Idle", "-00:00:01"),
            ("Aliases:empty", ""));
        Assert.NotNull(error);
        var text = error.ToString();
        foreach (var expected in new[]
        {
            "Authentication:Keys:short:Key has 4 characters", "Authentication:Keys:none must have either Key or Sha256", "MaxJsonDepth", "StreamKeepAlive",
            "Providers:one:Type is 'opnai'", "Providers:one:BaseUrl is 'not a url'", "Providers:two:BaseUrl is 'ftp://host'", "Providers:two:Timeouts:Idle", "Aliases:empty",
        })
        {
            Assert.True(text.Contains(expected, StringComparison.Ordinal), $"'{expected}' is not in: {text}");
        }

        Assert.DoesNotContain("tiny", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAKey_TheGatewaySaysHowToSetOne()
    {
        var error = await TestGateway.FailToStartAsync();
        Assert.Contains("LLM_GATEWAY__Authentication__Keys__NAME__Key", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_ReachTheEdge()
    {
        await using var gateway = await TestGateway.StartAsync(
            "http://127.0.0.1:9/v1", ("Server:MaxRequestHeaders", "7"), ("Server:DrainTimeout", "00:00:03"));
        Assert.Equal(7, gateway.Services.GetRequiredService<IOptions<ServerOptions>>().Value.MaxRequestHeaders);
        Assert.Equal(TimeSpan.FromSeconds(3), gateway.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public async Task WithoutProviders_TheGatewayStartsAndSaysThatAModelIsUnknown()
    {
        await using var gateway = await TestGateway.StartAsync([("Authentication:Keys:test:Key", TestGateway.Key)]);
        using var response = await gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("hi")));
        await ErrorAssert.IsAsync(response, 404, "model_not_found", "model");
        using var models = await gateway.Client.GetAsync("/v1/models");
        OpenAISchemas.AssertValid("ListModelsResponse", await models.Content.ReadAsStringAsync());
    }
}
