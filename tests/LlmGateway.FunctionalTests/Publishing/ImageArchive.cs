using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace LlmGateway.FunctionalTests.Publishing;

/// <summary>An image in OCI's layout, as an archive.</summary>
/// <param name="Config">The image's configuration.</param>
/// <param name="Files">What its layers hold, without a leading slash.</param>
internal sealed record ImageArchive(JsonElement Config, IReadOnlySet<string> Files)
{
    public static async Task<ImageArchive> ReadAsync(string archive)
    {
        var entries = new Dictionary<string, byte[]>();
        await using (var tar = new TarReader(File.OpenRead(archive)))
        {
            while (await tar.GetNextEntryAsync(copyData: true) is { } entry)
            {
                using var content = new MemoryStream();
                await (entry.DataStream?.CopyToAsync(content) ?? Task.CompletedTask);
                entries[entry.Name] = content.ToArray();
            }
        }

        var manifest = Json(Blob(Json(entries["index.json"]).GetProperty("manifests")[0]));
        var files = new HashSet<string>();
        foreach (var layer in manifest.GetProperty("layers").EnumerateArray())
        {
            await using var tar = new TarReader(new GZipStream(new MemoryStream(Blob(layer)), CompressionMode.Decompress));
            while (await tar.GetNextEntryAsync() is { } entry)
            {
                files.Add(entry.Name.TrimStart('/'));
            }
        }

        return new ImageArchive(Json(Blob(manifest.GetProperty("config"))), files);

        byte[] Blob(JsonElement descriptor) => entries["blobs/" + descriptor.GetProperty("digest").GetString()!.Replace(':', '/')];
    }

    private static JsonElement Json(byte[] content) => JsonDocument.Parse(content).RootElement;
}
