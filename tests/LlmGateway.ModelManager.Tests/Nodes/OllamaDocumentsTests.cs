using System.Text;
using LlmGateway.Contracts.Fleet;
using LlmGateway.ModelManager.Nodes;

namespace LlmGateway.ModelManager.Tests.Nodes;

public class OllamaDocumentsTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static ReadOnlyMemory<byte> Bytes(string json) => Encoding.UTF8.GetBytes(json);

    [Fact]
    public void Models_AreReadWithTheirDetails()
    {
        var models = OllamaDocuments.ReadTags(Bytes("""
            {"models":[{"name":"llama3.1:8b","model":"llama3.1:8b","modified_at":"2025-01-01T00:00:00.123456789+02:00","size":4920753328,"digest":"46e0",
            "details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"8.0B","quantization_level":"Q4_K_M"}}]}
            """));
        Assert.Equal(
            [new NodeModel("llama3.1:8b", 4920753328, false) { Family = "llama", ParameterSize = "8.0B", Quantization = "Q4_K_M" }], models);
    }

    [Fact]
    public void OddEntries_DoNotHideTheOthers() => Assert.Equal(["a", "b", "c"], OllamaDocuments.ReadTags(Bytes("""
        {"models":[7,null,{},{"name":""},{"name":5},{"name":"a","size":-1,"details":7},{"model":"b","size":"much"},{"name":"c","size":1e99,"details":null}],"more":1}
        """))!.Select(m => m.Name));

    [Theory]
    [InlineData("{\"models\":null}")]
    [InlineData("{\"models\":[]}")]
    public void AServerWithoutModels_HasNone(string json) => Assert.Empty(OllamaDocuments.ReadTags(Bytes(json))!);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{\"models\":{}}")]
    [InlineData("{\"models\":[")]
    [InlineData("{\"models\":[{\"name\":\"\\ud800\"}]}")]
    [InlineData("{\"error\":\"no\"}")]
    [InlineData("<html></html>")]
    public void WhatIsNoList_IsNone(string json)
    {
        Assert.Null(OllamaDocuments.ReadTags(Bytes(json)));
        Assert.Null(OllamaDocuments.ReadRunning(Bytes(json), Now));
    }

    [Theory]
    [InlineData("{\"version\":\"0.12.6-rc0\"}", "0.12.6-rc0")]
    [InlineData("{\"version\":\"\"}", null)]
    [InlineData("{\"version\":12}", null)]
    [InlineData("{}", null)]
    [InlineData("[]", null)]
    [InlineData("Ollama is running", null)]
    public void AVersion_IsText(string json, string? expected) => Assert.Equal(expected, OllamaDocuments.ReadVersion(Bytes(json)));

    [Theory]
    [InlineData("2026-05-01T12:05:00.123456789Z", true)]
    [InlineData("2026-05-01T14:05:00+02:00", true)]
    [InlineData("2318-08-10T12:00:00Z", false)]
    [InlineData("0001-01-01T00:00:00Z", false)]
    [InlineData("soon", false)]
    public void AnExpiry_IsATimeThatComes(string expires, bool isTime)
    {
        var model = Assert.Single(OllamaDocuments.ReadRunning(Bytes($$"""{"models":[{"name":"a","size":9,"size_vram":7,"expires_at":"{{expires}}"}]}"""), Now)!);
        Assert.True(model.Loaded);
        Assert.Equal(7, model.VramBytes);
        Assert.Equal(isTime, model.ExpiresAt is not null);
    }

    [Fact]
    public void ModelsOnDiskAndInMemory_BecomeOneList()
    {
        NodeModel[] listed = [new("b", 20, false) { Family = "f" }, new("a", 10, false), new("a", 10, false)];
        NodeModel[] running = [new("gone", 99, true) { VramBytes = 9 }, new("b", 25, true) { VramBytes = 5, ExpiresAt = Now }];
        Assert.Equal(
            [new("a", 10, false), new("b", 20, true) { Family = "f", VramBytes = 5, ExpiresAt = Now }, new("gone", 0, true) { VramBytes = 9 }],
            OllamaDocuments.Merge(listed, running));
    }
}
