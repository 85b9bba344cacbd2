using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Tests.Errors;

public class ErrorMapperTests
{
    public static TheoryData<GatewayErrorCode> AllCodes => [.. Enum.GetValues<GatewayErrorCode>()];

    [Theory]
    [MemberData(nameof(AllCodes))]
    public void EveryCode_HasAStatusATypeAndAWholeDocument(GatewayErrorCode code)
    {
        var error = new GatewayError(code, "Something \"quoted\" happened – ümlaut 😀 </script>\r\n");
        Assert.InRange(ErrorMapper.Status(error), 400, 599);

        using var document = JsonDocument.Parse(Write(error));
        Assert.Equal(["error"], document.RootElement.EnumerateObject().Select(m => m.Name));
        var inner = document.RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], inner.EnumerateObject().Select(m => m.Name));
        Assert.Equal(error.Message, inner.GetProperty("message").GetString());
        Assert.Equal(ErrorMapper.Type(error), inner.GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, inner.GetProperty("param").ValueKind);
        Assert.Equal(ErrorMapper.Code(error), inner.GetProperty("code").GetString());
    }

    /// <summary>A code added without a line in the mapper would pass for a defect of the gateway.</summary>
    [Theory]
    [MemberData(nameof(AllCodes))]
    public void OnlyInternal_IsAnInternalError(GatewayErrorCode code) =>
        Assert.Equal(code == GatewayErrorCode.Internal, ErrorMapper.Status(new GatewayError(code, "x")) == 500);

    [Fact]
    public void EveryCode_HasItsOwnName() => Assert.Equal(
        AllCodes.Count, Enum.GetValues<GatewayErrorCode>().Select(c => ErrorMapper.Code(new GatewayError(c, "x"))).Distinct().Count());

    [Theory]
    [MemberData(nameof(AllCodes))]
    public void WhoFailed_ShowsInTheType(GatewayErrorCode code)
    {
        var error = new GatewayError(code, "x");
        var status = ErrorMapper.Status(error);
        var expected = status is 403 ? "permission_error" : status is 429 ? "rate_limit_error"
            : status < 500 ? "invalid_request_error" : code.ToString().StartsWith("Upstream", StringComparison.Ordinal) ? "upstream_error" : "server_error";
        Assert.Equal(expected, ErrorMapper.Type(error));
    }

    [Fact]
    public void ADetail_IsAFinerCode()
    {
        var error = GatewayError.Invalid("n", "integer_below_min_value", "Too small.");
        Assert.Equal("integer_below_min_value", ErrorMapper.Code(error));
        Assert.Contains("\"param\":\"n\"", Write(error), StringComparison.Ordinal);
    }

    [Fact]
    public void AProvidersOwnDocument_PassesUnchangedWithItsStatus()
    {
        var error = new GatewayError(GatewayErrorCode.UpstreamRejected, "x") { UpstreamStatus = 422, UpstreamBody = "{ \"error\" : {} }"u8.ToArray() };
        Assert.Equal(422, ErrorMapper.Status(error));
        Assert.Equal("{ \"error\" : {} }", Write(error));
    }

    [Fact]
    public void AProvidersStatus_CountsOnlyWhereItIsPassedOn() =>
        Assert.Equal(502, ErrorMapper.Status(new GatewayError(GatewayErrorCode.UpstreamError, "x") { UpstreamStatus = 200 }));

    [Fact]
    public void TextThatIsNoText_StillMakesADocument() =>
        JsonDocument.Parse(Write(new GatewayError(GatewayErrorCode.Internal, "half a pair \ud83d here"))).Dispose();

    /// <summary>Tags of a metric must come from a closed set; a provider's own code does not.</summary>
    [Fact]
    public void TheKindOfAnError_IsFreeOfWhatAProviderInvents()
    {
        var error = new GatewayError(GatewayErrorCode.UpstreamRejected, "x") { Detail = "request-8f3a not understood" };
        Assert.Equal("upstream_rejected", ErrorMapper.Kind(error));
    }

    private static string Write(GatewayError error)
    {
        using var buffer = new PooledBuffer();
        ErrorMapper.Write(error, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
