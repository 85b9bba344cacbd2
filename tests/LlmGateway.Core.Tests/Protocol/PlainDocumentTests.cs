using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Protocol;

/// <summary>Documents of known plain fields are as strictly read as requests are.</summary>
public sealed class PlainDocumentTests
{
    private static readonly ParameterRule[] Rules =
    [
        new("text", ParameterKind.Text) { Required = true },
        new("list", ParameterKind.TextOrTexts),
        new("number", ParameterKind.Number, 0, 2),
        new("flag", ParameterKind.Boolean),
    ];

    [Fact]
    public void Values_StayTheBytesThatCame()
    {
        Assert.Null(Read(""" { "list" : ["a", "\u00fc"], "number":1.50, "flag":null, "\u0074ext":"a\n\"ü\"" } """, out var document));
        Assert.Equal("""["a", "\u00fc"]""", Raw(document, "list"));
        Assert.Equal("1.50", Raw(document, "number"));
        Assert.Equal("", Raw(document, "flag"));
        Assert.Equal("a\n\"ü\"", document.Text("text"));
    }

    [Fact]
    public void WhatIsAbsentNullOrEmpty_IsNoText()
    {
        ParameterRule[] rules = [new("a", ParameterKind.Text), new("b", ParameterKind.Text), new("c", ParameterKind.Text)];
        Assert.Null(PlainDocument.Read("""{"a":null,"b":""}"""u8.ToArray(), rules, out var document));
        Assert.All(new[] { "a", "b", "c" }, name => Assert.Null(document.Text(name)));
    }

    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("null", "invalid_type", null)]
    [InlineData("""{"text":"x"}}""", "invalid_json", null)]
    [InlineData("""{"text":"x",}""", "invalid_json", null)]
    [InlineData("""{"other":1,"text":"x" ]""", "invalid_json", null)]
    [InlineData("""{"text":"\udc00"}""", "invalid_json", null)]
    [InlineData("""{"\ud800":1}""", "invalid_json", null)]
    [InlineData("{}", "missing_required_parameter", "text")]
    [InlineData("""{"text":null}""", "missing_required_parameter", "text")]
    [InlineData("""{"text":"\n\t "}""", "empty_string", "text")]
    [InlineData("""{"text":{"a":1}}""", "invalid_type", "text")]
    [InlineData("""{"text":"x","list":["a",{}]}""", "invalid_type", "list[1]")]
    [InlineData("""{"text":"x","number":3}""", "decimal_above_max_value", "number")]
    [InlineData("""{"text":"x","flag":1}""", "invalid_type", "flag")]
    [InlineData("""{"text":"x","\u0074ext":"y"}""", "duplicate_parameter", "text")]
    [InlineData("""{"text":"x","Text":"y"}""", "unknown_parameter", "Text")]
    [InlineData("""{"text":"x","nested":{"text":[1,2,{"a":3}]}}""", "unknown_parameter", "nested")]
    public void AMistake_IsToldWithItsField(string json, string code, string? param)
    {
        var error = Read(json, out _);
        Assert.Equal((code, param), (ErrorMapper.Code(error!), error!.Param));
        Assert.Equal(400, ErrorMapper.Status(error));
    }

    [Fact]
    public void DepthAndEncoding_AreBounded()
    {
        Assert.Equal("json_too_deep", ErrorMapper.Code(PlainDocument.Read(Encoding.UTF8.GetBytes("""{"x":[[[[1]]]]}"""), Rules, out _, 4)!));
        Assert.Equal("invalid_json", ErrorMapper.Code(PlainDocument.Read(new byte[] { (byte)'{', 0xFF, (byte)'}' }, Rules, out _)!));
    }

    private static GatewayError? Read(string json, out PlainDocument document) => PlainDocument.Read(Encoding.UTF8.GetBytes(json), Rules, out document);

    private static string Raw(PlainDocument document, string field) => Encoding.UTF8.GetString(document.Raw(field));
}
