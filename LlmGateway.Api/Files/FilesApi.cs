using LlmGateway.Data.Files;
using LlmGateway.Settings;

namespace LlmGateway.Api.Files;

/// <summary>OpenAI's files API for the caller's own files.</summary>
internal static class FilesApi
{
    public static IServiceCollection AddFilesApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<FilesOptions>(configuration, FilesOptions.Section);
        services.AddSingleton<FileAccess>();
        services.AddSingleton<FileUpload>();
        services.AddSingleton<FilesEndpoint>();
        services.AddSingleton<FileListEndpoint>();
        services.AddSingleton<FileContentEndpoint>();
        return services;
    }

    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        var files = routes.ServiceProvider.GetRequiredService<FilesEndpoint>();
        var list = routes.ServiceProvider.GetRequiredService<FileListEndpoint>();
        var content = routes.ServiceProvider.GetRequiredService<FileContentEndpoint>();
        routes.MapPost("/v1/files", files.CreateAsync);
        routes.MapGet("/v1/files", list.HandleAsync);
        routes.MapGet("/v1/files/{id}", files.GetAsync);
        routes.MapDelete("/v1/files/{id}", files.DeleteAsync);
        routes.MapGet("/v1/files/{id}/content", content.HandleAsync);
    }
}
