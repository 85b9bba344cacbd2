using System.Net;
using System.Net.Sockets;
using LlmGateway.ServiceDefaults.Webhooks;
using LlmGateway.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Webhooks;

public sealed class WebhookConnectorTests : IAsyncLifetime
{
    private readonly WebApplication _receiver;
    private int _requests;
    private int _port;

    public WebhookConnectorTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _receiver = builder.Build();
        _receiver.Run(context =>
        {
            Interlocked.Increment(ref _requests);
            if (context.Request.Path == "/moved")
            {
                context.Response.Redirect("/elsewhere");
            }

            return Task.CompletedTask;
        });
    }

    public async Task InitializeAsync()
    {
        await _receiver.StartAsync();
        _port = new Uri(_receiver.Urls.Single()).Port;
    }

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    [Fact]
    public async Task AName_ThatIsPublicWhenCheckedAndLoopbackWhenCalled_IsNotCalled()
    {
        var names = new FakeNames(["93.184.215.14"], ["127.0.0.1"]);
        // Whoever checks a name beforehand sees a public address.
        Assert.True(new AddressRules([]).Allows((await names.ResolveAsync("rebind.example", CancellationToken.None)).Single()));
        await AssertRefusedAsync(names, "rebind.example");
    }

    [Theory]
    [InlineData("93.184.215.14", "127.0.0.1")]
    [InlineData("::ffff:127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("0.0.0.0", null)]
    public async Task AName_WithOneAddressThatMayNotBeCalled_IsNotCalled(string address, string? second) =>
        await AssertRefusedAsync(new FakeNames([.. new[] { address, second }.OfType<string>()]), "mixed.example");

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("2130706433")]
    public async Task ALiteralAddress_IsCheckedToo(string host) => await AssertRefusedAsync(new FakeNames(), host);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task AnAllowedAddress_IsCalled_AndLookedUpOnce(string address)
    {
        var names = new FakeNames([address]);
        using var client = Client(names, "127.0.0.0/8");
        using var response = await client.GetAsync($"http://receiver.example:{_port}/", TestTimeouts.Token());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, names.Lookups);
    }

    [Fact]
    public async Task ARedirect_IsNotFollowed()
    {
        using var client = Client(new FakeNames(["127.0.0.1"]), "127.0.0.0/8");
        using var response = await client.GetAsync($"http://receiver.example:{_port}/moved", TestTimeouts.Token());
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal(1, _requests);
    }

    [Fact]
    public async Task AnUnknownName_IsAFailureOfTheCall()
    {
        using var client = Client(new FakeNames());
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("http://nobody.example/", TestTimeouts.Token()));
        Assert.IsType<SocketException>(failure.InnerException);
    }

    private async Task AssertRefusedAsync(FakeNames names, string host)
    {
        using var client = Client(names);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"http://{host}:{_port}/", TestTimeouts.Token()));
        Assert.IsType<AddressRefusedException>(failure.InnerException);
        Assert.Equal(0, _requests);
    }

    private static HttpClient Client(FakeNames names, params string[] allowed)
    {
        var options = new WebhookOptions();
        options.AllowedNetworks.AddRange(allowed);
        return new HttpClient(new WebhookConnector(Options.Create(options), names).CreateHandler());
    }

    /// <summary>Gives one answer after the other, the last one for ever.</summary>
    private sealed class FakeNames(params string[][] answers) : INameResolver
    {
        public int Lookups { get; private set; }

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => answers.Length == 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : Task.FromResult(answers[Math.Min(Lookups++, answers.Length - 1)].Select(IPAddress.Parse).ToArray());
    }
}
