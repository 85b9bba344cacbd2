using System.Text.Json;
using LlmGateway.Data.Files;
using Microsoft.Extensions.DependencyInjection;
using static LlmGateway.Api.Tests.Files.FilesFixture;

namespace LlmGateway.Api.Tests.Files;

/// <summary>The files API as clients see it.</summary>
public sealed class FilesApiTests(FilesFixture fixture) : IClassFixture<FilesFixture>
{
    private const string Other = "sk-other-0123456789abcdef";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_ComesBack_WhicheverFieldComesFirst(bool purposeFirst)
    {
        (string, string, string?) purpose = ("purpose", "batch", null), file = ("file", "{\"ü\":1}\r\n--c-\n", "Zoë 🦊.jsonl");
        using var response = await PostAsync(fixture.Client, purposeFirst ? Form(purpose, file) : Form(file, purpose));
        var created = Json.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(["id", "object", "bytes", "created_at", "filename", "purpose", "status"], created.EnumerateObject().Select(m => m.Name));
        var id = created.GetProperty("id").GetString()!;
        Assert.Matches("^file-[0-9a-f]{32}$", id);
        Assert.Equal(("file", 15L, "Zoë 🦊.jsonl", "batch", "processed"), (
            created.GetProperty("object").GetString(), created.GetProperty("bytes").GetInt64(), created.GetProperty("filename").GetString(),
            created.GetProperty("purpose").GetString(), created.GetProperty("status").GetString()));
        Assert.Equal(created.ToString(), (await GetAsync(fixture.Client, $"/v1/files/{id}")).ToString());

        using var content = await fixture.Client.GetAsync(new Uri($"/v1/files/{id}/content", UriKind.Relative));
        Assert.Equal("{\"ü\":1}\r\n--c-\n", await content.Content.ReadAsStringAsync());
        Assert.Equal("application/octet-stream", content.Content.Headers.ContentType!.ToString());
        Assert.Equal(15, content.Content.Headers.ContentLength);
        Assert.Equal(("attachment", "Zoë 🦊.jsonl"), (content.Content.Headers.ContentDisposition!.DispositionType, content.Content.Headers.ContentDisposition.FileNameStar));
        Assert.Equal(["nosniff"], content.Headers.GetValues("X-Content-Type-Options"));
    }

    [Fact]
    public async Task Expiry_CountsFromTheUpload()
    {
        using var response = await PostAsync(fixture.Client, Form(
            ("file", "x", "a"), ("purpose", "user_data", null), ("expires_after[anchor]", "created_at", null), ("expires_after[seconds]", "3600", null)));
        var file = Json.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(file.GetProperty("created_at").GetInt64() + 3600, file.GetProperty("expires_at").GetInt64());
        await using var gateway = await StartAsync(("Files:DefaultExpiry", "02:00:00"));
        file = await CreateAsync(gateway.Client);
        Assert.Equal(file.GetProperty("created_at").GetInt64() + 7200, file.GetProperty("expires_at").GetInt64());
    }

    [Fact]
    public async Task AnotherKeysFile_IsNotThere()
    {
        var id = (await CreateAsync(fixture.Client)).GetProperty("id").GetString()!;
        foreach (var path in new[] { $"/v1/files/{id}", $"/v1/files/{id}/content", "/v1/files/file-none", "/v1/files/" + new string('x', 500) })
        {
            using var response = await fixture.Other.GetAsync(new Uri(path, UriKind.Relative));
            await ErrorAssert.IsAsync(response, 404, "not_found");
        }

        using var deletion = await fixture.Other.DeleteAsync(new Uri($"/v1/files/{id}", UriKind.Relative));
        await ErrorAssert.IsAsync(deletion, 404, "not_found");
        using var after = await fixture.Other.GetAsync(new Uri($"/v1/files?after={id}", UriKind.Relative));
        await ErrorAssert.IsAsync(after, 400, "invalid_value", "after");
        await GetAsync(fixture.Client, $"/v1/files/{id}");
    }

    [Fact]
    public async Task Delete_IsForGood()
    {
        var path = new Uri("/v1/files/" + (await CreateAsync(fixture.Client)).GetProperty("id").GetString(), UriKind.Relative);
        using var response = await fixture.Client.DeleteAsync(path);
        Assert.Equal($$"""{"id":"{{path.ToString()[10..]}}","object":"file","deleted":true}""", await response.Content.ReadAsStringAsync());
        using var gone = await fixture.Client.GetAsync(path);
        await ErrorAssert.IsAsync(gone, 404, "not_found");
        using var again = await fixture.Client.DeleteAsync(path);
        await ErrorAssert.IsAsync(again, 404, "not_found");
    }

    [Fact]
    public async Task List_IsPaged_AndFiltered()
    {
        await using var gateway = await StartAsync();
        Assert.Equal("""{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}""", (await GetAsync(gateway.Client, "/v1/files")).ToString());
        var ids = new List<string>();
        foreach (var purpose in new[] { "batch", "user_data", "batch" })
        {
            ids.Insert(0, (await CreateAsync(gateway.Client, purpose: purpose)).GetProperty("id").GetString()!);
        }

        var page = await GetAsync(gateway.Client, "/v1/files?limit=2&order=desc");
        Assert.Equal(ids[..2], Ids(page));
        Assert.Equal((ids[0], ids[1], true), (page.GetProperty("first_id").GetString(), page.GetProperty("last_id").GetString(), page.GetProperty("has_more").GetBoolean()));
        page = await GetAsync(gateway.Client, $"/v1/files?limit=2&after={ids[1]}");
        Assert.Equal(ids[2..], Ids(page));
        Assert.False(page.GetProperty("has_more").GetBoolean());
        Assert.Equal([ids[0], ids[2]], Ids(await GetAsync(gateway.Client, "/v1/files?purpose=batch")));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=10001", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("order=asc", "order")]
    [InlineData("purpose=", "purpose")]
    [InlineData("purpose=a%00", "purpose")]
    [InlineData("after=%00", "after")]
    [InlineData("after=file-unknown", "after")]
    public async Task List_OfWrongParameters_IsRefused(string query, string param)
    {
        using var response = await fixture.Client.GetAsync(new Uri("/v1/files?" + query, UriKind.Relative));
        await ErrorAssert.IsAsync(response, 400, "invalid_value", param);
    }

    [Fact]
    public async Task AFileThatVanishesWhileItIsRead_BreaksTheConnection()
    {
        var store = fixture.Gateway.Services.GetRequiredService<IFileStore>();
        await store.BeginAsync(new StoredFile { Id = "file-half", ApiKeyId = "test", Filename = "a", Purpose = "batch", CreatedAt = TimeProvider.System.GetUtcNow() }, default);
        for (var i = 0; i < 64; i++)
        {
            await store.AppendAsync("file-half", i, new byte[1024 * 1024], default);
        }

        await store.CompleteAsync("file-half", 64 * 1024 * 1024, default);
        using var response = await fixture.Client.GetAsync(new Uri("/v1/files/file-half/content", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await using var content = await response.Content.ReadAsStreamAsync();
        await content.ReadExactlyAsync(new byte[1024]);
        // More is still to come than buffers between the two can hold.
        Assert.True(await store.DeleteAsync("file-half", null, default));
        await Assert.ThrowsAnyAsync<IOException>(() => content.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task WithoutAStore_TheAnswerSaysSo()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1/v1");
        using var response = await gateway.Client.GetAsync(new Uri("/v1/files", UriKind.Relative));
        var error = await ErrorAssert.IsAsync(response, 503, "dependency_unavailable");
        Assert.Contains("gatewaydb", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAKey_NothingIsAnswered()
    {
        using var client = fixture.Gateway.NewClient(null);
        using var response = await PostAsync(client, Form(("purpose", "batch", null), ("file", "x", "a")));
        await ErrorAssert.IsAsync(response, 401, "missing_api_key");
    }

    [Fact]
    public async Task OpenAIsNodeClient_WorksWithFiles()
    {
        var passed = await NodeRunner.RunAsync("files-client.mjs", [new Uri(fixture.Gateway.BaseAddress, "v1").ToString(), Other]);
        Assert.Contains("delete", passed, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Ids(JsonElement page) => page.GetProperty("data").EnumerateArray().Select(file => file.GetProperty("id").GetString()!);
}
