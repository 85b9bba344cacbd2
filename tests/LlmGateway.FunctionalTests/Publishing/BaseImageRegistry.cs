using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmGateway.FunctionalTests.Publishing;

/// <summary>
/// A registry on the loopback address with one image that holds no files, and says of user and port what .NET's images say:
/// for building images where mcr.microsoft.com cannot be reached.
/// </summary>
internal sealed class BaseImageRegistry : IAsyncDisposable
{
    private const string Prefix = "application/vnd.oci.image.";

    private readonly WebApplication _app;

    private BaseImageRegistry(WebApplication app) => _app = app;

    /// <summary>For <c>-p:ContainerBaseImage=</c>.</summary>
    /// <remarks>The SDK speaks plain HTTP to this name only.</remarks>
    public string Image => $"localhost:{new Uri(_app.Urls.Single()).Port}/aspnet:10.0";

    public static async Task<BaseImageRegistry> StartAsync()
    {
        var empty = await EmptyLayerAsync();
        var layer = Zip(empty);
        var config = Encoding.UTF8.GetBytes($$$"""
            {"architecture":"amd64","os":"linux","config":{"User":"1654","Env":["ASPNETCORE_HTTP_PORTS=8080","APP_UID=1654"]},
            "rootfs":{"type":"layers","diff_ids":["{{{Digest(empty)}}}"]},"history":[{"created_by":"test"}]}
            """);
        var manifest = Encoding.UTF8.GetBytes($$$"""
            {"schemaVersion":2,"mediaType":"{{{Prefix}}}manifest.v1+json",
            "config":{"mediaType":"{{{Prefix}}}config.v1+json","digest":"{{{Digest(config)}}}","size":{{{config.Length}}}},
            "layers":[{"mediaType":"{{{Prefix}}}layer.v1.tar+gzip","digest":"{{{Digest(layer)}}}","size":{{{layer.Length}}}}]}
            """);
        var blobs = new Dictionary<string, byte[]> { [Digest(config)] = config, [Digest(layer)] = layer };

        var app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/v2/aspnet/manifests/{reference}", (HttpResponse response) =>
        {
            response.Headers["Docker-Content-Digest"] = Digest(manifest);
            return Results.Bytes(manifest, Prefix + "manifest.v1+json");
        });
        app.MapGet("/v2/aspnet/blobs/{digest}", (string digest) => blobs.TryGetValue(digest, out var blob) ? Results.Bytes(blob) : Results.NotFound());
        await app.StartAsync();
        return new BaseImageRegistry(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task<byte[]> EmptyLayerAsync()
    {
        using var bytes = new MemoryStream();
        await using (var tar = new TarWriter(bytes, leaveOpen: true))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "app/"));
        }

        return bytes.ToArray();
    }

    private static byte[] Zip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            zip.Write(content);
        }

        return bytes.ToArray();
    }

    private static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}
