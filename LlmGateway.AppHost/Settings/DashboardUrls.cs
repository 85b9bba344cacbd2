namespace LlmGateway.AppHost.Settings;

/// <summary>What the dashboard's links are called.</summary>
internal static class DashboardUrls
{
    public static IResourceBuilder<ProjectResource> WithApiUrls(this IResourceBuilder<ProjectResource> api) => api
        .WithServiceUrls()
        .WithUrlForEndpoint("http", url =>
        {
            url.DisplayText = "API";
            url.DisplayLocation = UrlDisplayLocation.SummaryAndDetails;
        })
        .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/docs", DisplayText = "Documentation" });

    /// <summary>Links for a look at a single service.</summary>
    public static IResourceBuilder<ProjectResource> WithServiceUrls(this IResourceBuilder<ProjectResource> service) => service
        .WithUrlForEndpoint("http", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
        .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation { Url = "/health/ready", DisplayText = "Health" })
        .WithUrlForEndpoint("http", _ => new ResourceUrlAnnotation
        {
            Url = "/metrics",
            DisplayText = "Metrics",
            DisplayLocation = UrlDisplayLocation.DetailsOnly,
        });
}
