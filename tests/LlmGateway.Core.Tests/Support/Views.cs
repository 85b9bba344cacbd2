using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Support;

/// <summary>Requests as text.</summary>
internal static class Views
{
    public const string User = """[{"role":"user","content":"hi"}]""";

    /// <summary>A chat request with <paramref name="members"/> added.</summary>
    public static string ChatJson(string members = "") => $$"""{"model":"m","messages":{{User}}{{(members.Length > 0 ? "," + members : "")}}}""";

    public static GatewayError? Read(string json, out RequestView view, Operation operation = Operation.Chat, int maxDepth = RequestReader.DefaultMaxDepth) =>
        RequestReader.Read(operation, Encoding.UTF8.GetBytes(json), out view, maxDepth);

    public static GatewayError? Read(string json, Operation operation = Operation.Chat, int maxDepth = RequestReader.DefaultMaxDepth) =>
        Read(json, out _, operation, maxDepth);

    public static RequestView Good(string json, Operation operation = Operation.Chat)
    {
        Assert.Null(Read(json, out var view, operation));
        return view;
    }

    public static GatewayError Bad(string json, Operation operation = Operation.Chat, int maxDepth = RequestReader.DefaultMaxDepth)
    {
        var error = Read(json, operation, maxDepth);
        Assert.NotNull(error);
        Assert.NotEmpty(error.Message);
        return error;
    }

    /// <summary>Fails with the given code and parameter.</summary>
    public static void Fails(string json, string code, string? param, Operation operation = Operation.Chat)
    {
        var error = Bad(json, operation);
        Assert.Equal((code, param), (ErrorMapper.Code(error), error.Param));
        Assert.Equal(400, ErrorMapper.Status(error));
    }

    public static string Text(this RequestView view, ByteRange range) => Encoding.UTF8.GetString(view.Body.Span.Slice(range.Start, range.Length));
}
