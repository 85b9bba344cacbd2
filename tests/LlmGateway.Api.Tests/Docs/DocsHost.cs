using LlmGateway.Core.Routing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Docs;

/// <summary>A gateway whose only provider is a port where nobody listens.</summary>
public sealed class DocsHost : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public IReadOnlyList<RouteEndpoint> Routes =>
        [.. _gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    /// <summary>Sends no key.</summary>
    public HttpClient Anonymous { get; private set; } = null!;

    public HttpClient Authorized => _gateway.Client;

    public async Task InitializeAsync()
    {
        _gateway = await TestGateway.StartAsync(
        [
            ("Authentication:Keys:tests:Key", TestGateway.Key),
            ("Authentication:Keys:tests:Roles:0", "admin"),
            ("Webhooks:SigningKey", "signs-webhooks-of-documentation-tests"),
            ("Providers:nowhere:Type", "openai"),
            ("Providers:nowhere:BaseUrl", "http://127.0.0.1:1/v1"),
            ("Providers:nowhere:Models:some-model:ContextLength", "4096"),
        ]);
        await _gateway.Services.GetRequiredService<ModelDirectory>().RefreshAsync(CancellationToken.None);
        Anonymous = _gateway.NewClient(null);
    }

    public async Task DisposeAsync()
    {
        Anonymous.Dispose();
        await _gateway.DisposeAsync();
    }
}
