using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Tests.Support;

namespace LlmGateway.Core.Tests.Protocol;

/// <summary>The byte ranges by which an adapter rewrites the client's document.</summary>
public class RequestReaderRangeTests
{
    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}]}""", "\"m\"")]
    [InlineData("""{ "model" : "m" , "messages":[{"role":"user","content":"hi"}]}""", "\"m\"")]
    [InlineData("{\n\t\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\r\n\"model\":\n\"m\\\"x\"\n}\n", "\"m\\\"x\"")]
    [InlineData("""{"x":"\"model\":\"no\"","mod\u0065l":"h\u00e9","messages":[{"role":"user","content":"hi"}]}""", "\"h\\u00e9\"")]
    [InlineData("""{"é😀":"é","model":"é😀","messages":[{"role":"user","content":"😀"}]}""", "\"é😀\"")]
    public void ModelValue_IsExactlyTheValue(string json, string expected)
    {
        var view = Views.Good(json);
        Assert.Equal(expected, view.Text(view.ModelValue));
    }

    [Theory]
    [InlineData("""{"a":true}""")]
    [InlineData("""{ "include_usage" : true , "deep":[{"x":"}"}] }""")]
    [InlineData("null")]
    [InlineData("{}")]
    public void StreamOptionsValue_IsExactlyTheValue(string value)
    {
        var view = Views.Good($$"""{"stream_options": {{value}} ,"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}""");
        Assert.Equal(value, view.Text(view.StreamOptionsValue));
    }

    [Theory]
    [InlineData(Operation.Chat, "messages", """[ {"role":"user","content":"h]i"} ]""")]
    [InlineData(Operation.Completion, "prompt", "\"say \\\"x\\\"\"")]
    [InlineData(Operation.Embeddings, "input", """[ [1,2], [3] ]""")]
    public void ContentValue_IsExactlyTheValue(Operation operation, string name, string value)
    {
        var view = Views.Good($$"""{"{{name}}":  {{value}}  ,"model":"m"}""", operation);
        Assert.Equal(value, view.Text(view.ContentValue));
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"}"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"}"}],"x":{"y":{}}  }   """)]
    [InlineData("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"é\"}]\n}\r\n")]
    public void ClosingBrace_IsTheLastBraceOfTheDocument(string json)
    {
        var view = Views.Good(json);
        Assert.Equal(Encoding.UTF8.GetBytes(json).AsSpan().LastIndexOf((byte)'}'), view.ClosingBrace);
    }

    [Fact]
    public void Ranges_AreRelativeToTheGivenMemory()
    {
        var padded = Encoding.UTF8.GetBytes("xxx" + Views.ChatJson());
        Assert.Null(RequestReader.Read(Operation.Chat, padded.AsMemory(3), out var view));
        Assert.Equal("\"m\"", view.Text(view.ModelValue));
        Assert.Equal(Views.User, view.Text(view.ContentValue));
    }
}
