using System.Net.Http.Headers;
using LlmGateway.Api.Hosting;
using LlmGateway.Core.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Api.Tests.Docs;

/// <summary>A gateway on a free port whose only provider is a port where nobody listens.</summary>
public sealed class DocsHost : IAsyncLifetime
{
    private const string Key = "sk-gw-documentation-tests";
    private readonly WebApplication _app;

    public DocsHost()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Infrastructure:AllowInMemory"] = "true",
            ["Authentication:Keys:tests:Key"] = Key,
            ["Authentication:Keys:tests:Roles:0"] = "admin",
            ["Webhooks:SigningKey"] = "signs-webhooks-of-documentation-tests",
            ["Providers:nowhere:Type"] = "openai",
            ["Providers:nowhere:BaseUrl"] = "http://127.0.0.1:1/v1",
            ["Providers:nowhere:Models:some-model:ContextLength"] = "4096",
        });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddGatewayApi();
        _app = builder.Build();
        _app.MapGatewayApi();
    }

    public IReadOnlyList<RouteEndpoint> Routes =>
        [.. _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    /// <summary>Sends no key.</summary>
    public HttpClient Anonymous { get; private set; } = null!;

    public HttpClient Authorized { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _app.StartAsync();
        await _app.Services.GetRequiredService<ModelDirectory>().RefreshAsync(CancellationToken.None);
        var address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Anonymous = new HttpClient { BaseAddress = address };
        Authorized = new HttpClient { BaseAddress = address };
        Authorized.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public async Task DisposeAsync()
    {
        Anonymous.Dispose();
        Authorized.Dispose();
        await _app.DisposeAsync();
    }
}
