using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Tests.Docs;

/// <summary>OpenAPI document and docs/api.md list the error codes that exist, all of them and no others.</summary>
public sealed partial class ErrorCodeTests
{
    /// <summary>Finer codes that request reading cannot give: they come from the edge, from a dialect or from a job.</summary>
    private static readonly string[] FinerCodesFromElsewhere =
        ["malformed_request", "unsupported_content_encoding", "invalid_image_url", "unknown_parameter", "result_too_large"];

    private static readonly (string Code, Operation Operation, string Body)[] FinerCodes =
    [
        ("json_too_deep", Operation.Chat, "{\"x\":" + new string('[', 70) + new string(']', 70) + "}"),
        ("invalid_value", Operation.Chat, """{"model":"m","messages":[{"role":"king","content":"x"}]}"""),
        ("invalid_type", Operation.Chat, """{"model":1,"messages":[{"role":"user","content":"x"}]}"""),
        ("missing_required_parameter", Operation.Chat, """{"model":"m"}"""),
        ("duplicate_parameter", Operation.Chat, """{"model":"m","model":"n","messages":[{"role":"user","content":"x"}]}"""),
        ("empty_array", Operation.Chat, """{"model":"m","messages":[]}"""),
        ("empty_string", Operation.Embeddings, """{"model":"m","input":""}"""),
        ("array_above_max_length", Operation.Embeddings, """{"model":"m","input":[""" + string.Join(',', Enumerable.Repeat("\"x\"", 2049)) + "]}"),
        ("integer_below_min_value", Operation.Chat, """{"model":"m","messages":[{"role":"user","content":"x"}],"n":0}"""),
        ("integer_above_max_value", Operation.Chat, """{"model":"m","messages":[{"role":"user","content":"x"}],"n":129}"""),
        ("decimal_below_min_value", Operation.Chat, """{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":-1}"""),
        ("decimal_above_max_value", Operation.Chat, """{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":2.1}"""),
    ];

    /// <summary>Nobody is left to read this one; telemetry alone shows it.</summary>
    private static IEnumerable<GatewayErrorCode> Sent => Enum.GetValues<GatewayErrorCode>().Where(c => c != GatewayErrorCode.ClientClosedRequest);

    private static readonly GatewayErrorCode[] OfJobs =
    [
        GatewayErrorCode.NotFound, GatewayErrorCode.Conflict, GatewayErrorCode.IdempotencyConflict,
        GatewayErrorCode.JobTimeout, GatewayErrorCode.WorkerLost, GatewayErrorCode.JobExpired, GatewayErrorCode.JobCancelled,
    ];

    [Fact]
    public void OpenApi_ListsEveryCodeWithItsStatusAndType_AndNoOthers()
    {
        var exists = Sent.Select(Mapped).Concat(FinerCodes.Select(f => (400, f.Code, "invalid_request_error")))
            .Concat(FinerCodesFromElsewhere.Select(c => (c == "unsupported_content_encoding" ? 415 : 400, c, "invalid_request_error")))
            .Distinct();
        Assert.Equal(exists.Order(), OpenApi.ErrorCodes().Order());
    }

    [Fact]
    public void FinerCodes_AreWhatRequestReadingAnswers()
    {
        Assert.All(FinerCodes, sample =>
        {
            var error = RequestReader.Read(sample.Operation, Encoding.UTF8.GetBytes(sample.Body), out _);
            Assert.Equal(sample.Code, ErrorMapper.Code(error!));
            Assert.Equal(400, ErrorMapper.Status(error!));
        });
    }

    [Fact]
    public void EveryOperationThatReachesAModel_ListsEveryStatusItCanAnswer()
    {
        // An upstream refusal has the provider's own status, a wrong path or method reaches no operation, 403 is answered under /admin alone,
        // and these operations know no jobs.
        var statuses = Sent.Except([GatewayErrorCode.UpstreamRejected, GatewayErrorCode.RouteNotFound, GatewayErrorCode.MethodNotAllowed, GatewayErrorCode.Forbidden])
            .Except(OfJobs)
            .Select(c => ErrorMapper.Status(new GatewayError(c, "")).ToString(CultureInfo.InvariantCulture))
            .Append("4XX").Distinct().Order();
        foreach (var id in new[] { "createChatCompletion", "createCompletion", "createEmbeddings" })
        {
            var documented = OpenApi.Operation(id).GetProperty("responses").EnumerateObject().Select(r => r.Name).Where(s => s != "200").Order();
            Assert.Equal(statuses, documented);
        }
    }

    [Fact]
    public void PlainEndpoints_ListTheSameStatuses()
    {
        var statuses = OpenApi.Operation("createChatCompletion").GetProperty("responses").EnumerateObject().Select(r => r.Name).Order().ToArray();
        Assert.All(new[] { "query", "streamQuery", "embedTexts" }, id => Assert.Equal(
            statuses, OpenApi.Operation(id).GetProperty("responses").EnumerateObject().Select(r => r.Name).Order()));
    }

    [Fact]
    public void ApiMd_HasTheSameTable()
    {
        var rows = TableRow().Matches(Repository.Read("docs/api.md"))
            .Select(m => (int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), m.Groups[2].Value, m.Groups[3].Value)).ToArray();
        Assert.NotEmpty(rows);
        Assert.Equal(OpenApi.ErrorCodes().Order(), rows.Order());
    }

    private static (int Status, string Code, string Type) Mapped(GatewayErrorCode code)
    {
        var error = new GatewayError(code, "");
        return (ErrorMapper.Status(error), ErrorMapper.Code(error), ErrorMapper.Type(error));
    }

    [GeneratedRegex(@"^\| (\d{3}) \| `([a-z_]+)` \| `([a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();
}
