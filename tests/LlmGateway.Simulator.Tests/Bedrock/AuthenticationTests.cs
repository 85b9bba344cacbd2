using System.Globalization;
using System.Text;
using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Bedrock;

/// <summary>Requests that AWS's own signer (@smithy/signature-v4) signed for midnight of 2026-01-01, as they are and altered.</summary>
public sealed class AuthenticationTests : IAsyncLifetime
{
    private const string Host = "bedrock-runtime.eu-central-1.amazonaws.com";
    private const string Body = """{"messages":[{"role":"user","content":[{"text":"!echo hi"}]}]}""";
    private const string BodyHash = "260447f209322484e2a32b7e2f77bd7796d954318e3e70dc3883f0bcfd31b8b0";
    private const string Signed =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/bedrock/aws4_request, "
        + "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=8377fe9e2e58fa8f8e6a809cc5ec6eef4d8b3e5398e07c2036c030dcceadd16e";
    private const string SignedGet =
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/bedrock/aws4_request, "
        + "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=49be769a5a2bad76a622bda8400ebd664c65786658bde114fe2278c1bce49744";

    private readonly ManualTimeProvider _time = new();
    private SimulatorServer _server = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _server = await SimulatorServer.StartAsync(
            new SimulatorOptions
            {
                ApiKeys = { "api-key" },
                MaxRequestBytes = 10_000,
                AwsAccessKeys = { ["AKIDEXAMPLE"] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ["ASIAEXAMPLE"] = "temporary" },
                Models = { new SimulatedModel { Name = "vendor.model-v1:0", TokensPerSecond = 0, FirstTokenDelay = TimeSpan.Zero } },
            },
            "http://127.0.0.1:0",
            _time);
        _http = new HttpClient { BaseAddress = _server.BaseAddress, Timeout = TimeSpan.FromSeconds(30) };
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task RequestAsItWasSigned_IsAnswered() => Assert.Equal((200, null), await SendAsync());

    [Fact]
    public async Task QueryIsSignedInItsOrder_WhateverOrderItComesIn()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/foundation-models?byProvider=Vendor&odd%20key=%C3%A4%2F%2B%20~&byOutputModality=TEXT");
        Sign(request, SignedGet, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        using var response = await _http.SendAsync(request);

        Assert.Equal(200, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("path", "InvalidSignatureException", "signature we calculated does not match")]
    [InlineData("body", "InvalidSignatureException", "signature we calculated does not match")]
    [InlineData("hash", "InvalidSignatureException", "signature we calculated does not match")]
    [InlineData("host", "InvalidSignatureException", "signature we calculated does not match")]
    [InlineData("signature", "InvalidSignatureException", "signature we calculated does not match")]
    [InlineData("header", "InvalidSignatureException", "'x-amz-security-token' must be a 'SignedHeader'")]
    [InlineData("service", "InvalidSignatureException", "Credential should be scoped to correct service: 'bedrock'.")]
    [InlineData("scope", "InvalidSignatureException", "Date in Credential scope does not match")]
    [InlineData("id", "UnrecognizedClientException", "The security token included in the request is invalid.")]
    [InlineData("temporary", "UnrecognizedClientException", "The security token included in the request is invalid.")]
    [InlineData("date", "IncompleteSignatureException", "'X-Amz-Date'")]
    [InlineData("parts", "IncompleteSignatureException", "Authorization header requires 'Signature' parameter.")]
    [InlineData("none", "MissingAuthenticationTokenException", "Missing Authentication Token")]
    public async Task RequestThatWasAltered_IsRefused(string what, string type, string message)
    {
        var (status, error) = await SendAsync(what);

        Assert.Equal(403, status);
        Assert.StartsWith(type + ": ", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(299, null)]
    [InlineData(301, "Signature expired: 20260101T000000Z is now earlier than 20260101T000001Z (20260101T000501Z - 5 min.)")]
    public async Task Signature_IsGoodForFiveMinutes(int seconds, string? message)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));

        var (status, error) = await SendAsync();

        Assert.Equal(message is null ? 200 : 403, status);
        if (message is not null) Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignatureOfTheFuture_IsNotYetGood()
    {
        var (status, error) = await SendAsync("future");

        Assert.Equal(403, status);
        Assert.Contains("Signature not yet current: 20260101T001000Z", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyThatIsTooLarge_IsToldAsThat_NotAsAWrongSignature()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/model/vendor.model-v1%3A0/converse") { Content = new ByteArrayContent(new byte[20_000]) };
        Sign(request, Signed, BodyHash);
        using var response = await _http.SendAsync(request);

        Assert.Equal(413, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("api-key", 200)]
    [InlineData("another", 403)]
    public async Task ApiKey_DoesInsteadOfASignature(string key, int expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/model/vendor.model-v1%3A0/converse") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        using var response = await _http.SendAsync(request);

        Assert.Equal(expected, (int)response.StatusCode);
        if (expected == 403) Assert.StartsWith("AccessDeniedException", response.Headers.GetValues("x-amzn-errortype").Single(), StringComparison.Ordinal);
    }

    private async Task<(int Status, string? Error)> SendAsync(string altered = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, altered == "path" ? "/model/other/converse" : "/model/vendor.model-v1%3A0/converse");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(altered == "body" ? Body.Replace("hi", "ha", StringComparison.Ordinal) : Body));
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/json");
        Sign(
            request,
            altered switch
            {
                "signature" => Signed[..^1] + "f",
                "service" => Signed.Replace("/bedrock/", "/s3/", StringComparison.Ordinal),
                "scope" => Signed.Replace("/20260101/", "/20260102/", StringComparison.Ordinal),
                "id" => Signed.Replace("AKIDEXAMPLE", "AKIDNOBODY", StringComparison.Ordinal),
                "temporary" => Signed.Replace("AKIDEXAMPLE", "ASIAEXAMPLE", StringComparison.Ordinal),
                "parts" => Signed[..Signed.IndexOf(", Signature", StringComparison.Ordinal)],
                "none" => null,
                _ => Signed,
            },
            altered == "hash" ? BodyHash.Replace('2', '3') : BodyHash,
            altered switch { "date" => "yesterday", "future" => "20260101T001000Z", _ => "20260101T000000Z" });
        if (altered == "host") request.Headers.Host = "elsewhere";
        if (altered == "header") request.Headers.Add("x-amz-security-token", "added");
        using var response = await _http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, response.IsSuccessStatusCode ? null : string.Create(
            CultureInfo.InvariantCulture, $"{response.Headers.GetValues("x-amzn-errortype").Single().Split(':')[0]}: {body}"));
    }

    private static void Sign(HttpRequestMessage request, string? authorization, string hash, string date = "20260101T000000Z")
    {
        request.Headers.Host = Host;
        request.Headers.Add("x-amz-date", date);
        request.Headers.Add("x-amz-content-sha256", hash);
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
    }
}
