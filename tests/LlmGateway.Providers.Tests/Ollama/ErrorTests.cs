using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Ollama;

public sealed class ErrorTests : OllamaFixture
{
    [Theory]
    [InlineData(404, "model 'nope' not found", GatewayErrorCode.ModelNotFound, "model")]
    [InlineData(404, "model \\\"nope\\\" not found, try pulling it first", GatewayErrorCode.ModelNotFound, "model")]
    [InlineData(404, "404 page missing", GatewayErrorCode.UpstreamRejected, null)]
    [InlineData(400, "invalid think value", GatewayErrorCode.UpstreamRejected, null)]
    [InlineData(400, "registry.ollama.ai/library/m:latest does not support tools", GatewayErrorCode.UnsupportedOperation, "tools")]
    [InlineData(400, "\\\"m\\\" does not support thinking", GatewayErrorCode.UnsupportedOperation, "reasoning_effort")]
    [InlineData(500, "option \\\"top_k\\\" must be of type integer", GatewayErrorCode.InvalidRequest, "options")]
    [InlineData(500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj", GatewayErrorCode.UnsupportedOperation, "messages")]
    [InlineData(500, "this model is missing data required for image input", GatewayErrorCode.UnsupportedOperation, "messages")]
    [InlineData(500, "failed to parse grammar", GatewayErrorCode.InvalidRequest, null)]
    [InlineData(500, "Failed to load image or audio file", GatewayErrorCode.InvalidRequest, null)]
    [InlineData(500, "llama runner process has terminated", GatewayErrorCode.UpstreamError, null)]
    [InlineData(503, "server busy, please try again.  maximum pending requests exceeded", GatewayErrorCode.UpstreamUnavailable, null)]
    [InlineData(401, "unauthorized", GatewayErrorCode.UpstreamCredentials, null)]
    public async Task Errors_AreToldApart(int status, string message, GatewayErrorCode code, string? param)
    {
        Server.Then($$"""{"error":"{{message}}"}""", status).Then($$"""{"error":"{{message}}"}""", status);

        Assert.All([await Error(Ask()), await Error(AskStream())], error =>
        {
            Assert.Equal((code, param), (error.Code, error.Param));
            if (code != GatewayErrorCode.UpstreamCredentials)
            {
                Assert.Contains(message.Replace("\\", "", StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
            }
        });
    }

    [Theory]
    [InlineData(400, "the input length exceeds the context length")]
    [InlineData(400, "input exceeds maximum context length")]
    [InlineData(400, "input length (5000 tokens) exceeds the model's maximum context length (4096 tokens)")]
    [InlineData(500, "input length (5000 tokens) exceeds the model's maximum context length (4096 tokens)")]
    [InlineData(400, "the prompt is longer than the context length currently available to the model; shorten the prompt")]
    [InlineData(400, "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it")]
    public async Task PromptThatIsTooLong_IsContextLengthExceeded(int status, string message)
    {
        Server.Then($$"""{"error":"{{message}}"}""", status).ThenStream(Lines, $$"""{"error":"{{message}}"}""" + "\n");
        Server.Then($$"""{"error":"{{message}}"}""", status);

        var chat = await Error(Ask());
        var stream = await Error(AskStream());
        var embeddings = await Calls.ErrorAsync(Provider.EmbedAsync(Calls.Make(Operation.Embeddings, """{"model":"m","input":"x"}""")));

        Assert.All([chat, stream, embeddings], e =>
        {
            Assert.Equal(GatewayErrorCode.ContextLengthExceeded, e.Code);
            Assert.Equal(400, ErrorMapper.Status(e));
            Assert.Contains(message, e.Message, StringComparison.Ordinal);
        });
        Assert.Equal(["messages", "messages", "input"], new[] { chat, stream, embeddings }.Select(e => e.Param));
    }

    [Fact]
    public async Task ErrorDocumentWithStatus200_IsAnError()
    {
        Server.Then("""{"error":"boom"}""");

        Assert.Contains("boom", (await Error(Ask())).Message, StringComparison.Ordinal);
    }

    private Task<GatewayError> Error(string ask) => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(ask)));
}
