using System.Buffers;
using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// AWS Bedrock's wire (source: its API reference and SDK for JavaScript, 3.1163): errors as <c>{"message":…}</c> with their type in a
/// header, streams as binary messages, requests with an API key or signed.
/// </summary>
internal sealed class BedrockDialect : WireDialect
{
    private const string ExceptionSuffix = "Exception";

    public static readonly BedrockDialect Instance = new();

    public override string StreamContentType => "application/vnd.amazon.eventstream";

    public override string RequestIdHeader => "x-amzn-requestid";

    public override bool HasBinaryFrames => true;

    public override void Authenticate(HttpRequest request, ReadOnlySpan<byte> body, SimulatorOptions options, DateTimeOffset now)
    {
        if (options.ApiKeys.Count == 0 && options.AwsAccessKeys.Count == 0) return;
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0) throw BedrockErrors.Refused("MissingAuthenticationTokenException", "Missing Authentication Token");
        if (header.StartsWith(SignatureV4.Algorithm, StringComparison.Ordinal)) SignatureV4.Verify(request, body, options.AwsAccessKeys, now);
        else if (ReadKey(request) is not { } key || !options.ApiKeys.Contains(key))
            throw BedrockErrors.Refused("AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.");
    }

    public override void WriteErrorHeaders(IHeaderDictionary headers, SimulatorException error) =>
        headers["x-amzn-errortype"] = BedrockErrors.TypeOf(error) + ":http://internal.amazon.com/coral/com.amazon.bedrock/";

    public override void WriteError(Utf8JsonWriter json, SimulatorException error)
    {
        json.WriteStartObject();
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
    }

    /// <summary>The five exceptions that a stream of the Converse API can end with.</summary>
    public override string StreamErrorEvent(int status) => status switch
    {
        400 => "validationException",
        424 => "modelStreamErrorException",
        429 => "throttlingException",
        503 => "serviceUnavailableException",
        _ => "internalServerException",
    };

    public override void WriteFrame(IBufferWriter<byte> output, ReadOnlySpan<byte> payload, string? eventName, bool crlf) =>
        EventStream.Write(output, payload, eventName ?? "", eventName?.EndsWith(ExceptionSuffix, StringComparison.Ordinal) ?? false);
}
