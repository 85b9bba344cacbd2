using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Routing;

/// <summary>Whom the router does not call.</summary>
public sealed class RouterTests
{
    private readonly FakeProvider _provider = new("alpha");
    private readonly FleetState _fleet = new();

    [Fact]
    public async Task WhenFleetAndLastLookAgreeThatItIsGone_NobodyWaits()
    {
        var (answer, request) = await AskAsync(GatewayErrorCode.UpstreamUnavailable, fleetSaysReachable: false);
        var error = Assert.IsType<ErrorAnswer>(answer).Error;
        Assert.Equal(GatewayErrorCode.UpstreamUnavailable, error.Code);
        Assert.NotNull(error.RetryAfter);
        Assert.Contains("alpha", error.Message, StringComparison.Ordinal);
        Assert.Equal(("alpha", 0), (request.Provider, request.Attempts));
        Assert.Empty(_provider.Calls);
    }

    [Theory]
    [InlineData(GatewayErrorCode.UpstreamUnavailable, true)]
    [InlineData(GatewayErrorCode.UpstreamUnavailable, null)]
    [InlineData(null, false)]
    [InlineData(GatewayErrorCode.UpstreamCredentials, false)]
    [InlineData(null, true)]
    public async Task WhenOneOfThemSeesIt_ItIsTried(GatewayErrorCode? lastLook, bool? fleetSaysReachable)
    {
        var (answer, request) = await AskAsync(lastLook, fleetSaysReachable);
        Assert.IsType<JsonAnswer>(answer);
        Assert.Equal(1, request.Attempts);
        Assert.Single(_provider.Calls);
    }

    private async Task<(GatewayAnswer Answer, GatewayRequest Request)> AskAsync(GatewayErrorCode? lastLook, bool? fleetSaysReachable)
    {
        _provider.Models.Add(new ListedModel("m"));
        var directory = Routes.Directory(new ManualTimeProvider(), (_provider, new ProviderOptions()));
        await directory.RefreshAsync(CancellationToken.None);
        _provider.Error = lastLook is { } code ? new GatewayError(code, "x") : null;
        await directory.RefreshAsync(CancellationToken.None);
        if (fleetSaysReachable is { } reachable)
        {
            _fleet.Replace(new FleetView([new NodeModels("alpha") { BaseUrl = "http://node", Reachable = reachable }]));
        }

        var request = new GatewayRequest("r", Views.Good(Views.ChatJson()), new Caller("k"), CancellationToken.None) { StartTimestamp = 1 };
        return (await Routes.Router(directory, _fleet).RouteAsync(request), request);
    }
}
