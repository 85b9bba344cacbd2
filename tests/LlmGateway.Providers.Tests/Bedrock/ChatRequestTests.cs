using LlmGateway.Core.Errors;
using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.Bedrock.Credentials;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class ChatRequestTests : BedrockFixture
{
    private const string Weather =
        """{"type":"function","function":{"name":"weather","description":"Of a place","parameters":{"type":"object","properties":{"place":{"type":"string"}}}}}""";

    [Fact]
    public async Task Request_IsTranslated()
    {
        var sent = await SentAsync(
            """
            {"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Grüße 😀"},{"role":"assistant","content":"Hi"},
             {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":""}]}],"max_tokens":100,"temperature":0.5,"top_p":0.9,"stop":["a","b"],"user":"u"}
            """);

        Assert.Equal(
            """{"system":[{"text":"Be brief."}],"messages":[{"role":"user","content":[{"text":"Grüße 😀"}]},{"role":"assistant","content":[{"text":"Hi"}]},{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":100,"temperature":0.5,"topP":0.9,"stopSequences":["a","b"]}}""",
            sent);
    }

    [Theory]
    [InlineData(false, "/model/anthropic.claude-3-sonnet-20240229-v1%3A0/converse")]
    [InlineData(true, "/model/anthropic.claude-3-sonnet-20240229-v1%3A0/converse-stream")]
    public async Task ModelIds_AreEncodedInThePath(bool stream, string path)
    {
        Server.Then(Hello);

        await using var answer = await Provider.ChatAsync(Calls.Chat(stream ? AskStream() : Ask(), Model));

        Assert.Equal(("POST", path), (Server.Only.Method, Server.Only.Path));
        Assert.Equal("application/json", Server.Only.Header("Content-Type"));
    }

    [Fact]
    public async Task Arns_AreEncodedInThePath()
    {
        await SentAsync(Ask(), "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-v1:0");

        Assert.Equal("/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Ainference-profile%2Feu.anthropic.claude-v1%3A0/converse", Server.Only.Path);
    }

    /// <summary>What is signed is what went over the wire, byte for byte.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("session")]
    public async Task Requests_AreSigned(string? token)
    {
        Options.Aws.SessionToken = token;
        Start();
        await SentAsync(Ask());

        var request = Server.Only;
        var expected = AwsSigner.Sign(
            new SignedRequest(
                request.Method, request.Path, "", [new("host", request.Header("Host")!), new("content-type", request.Header("Content-Type")!)],
                AwsSigner.Hash(request.Body.Span)),
            new AwsCredentials("AKIDEXAMPLE", "secret", token),
            new SigningScope("eu-central-1", "bedrock"),
            Time.GetUtcNow());
        Assert.All(expected, h => Assert.Equal(h.Value, request.Header(h.Key)));
        Assert.Equal(token, request.Header("x-amz-security-token"));
        Assert.DoesNotContain("secret", request.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ApiKey_ReplacesTheSignature()
    {
        Options.ApiKey = "bedrock-api-key-1";
        Start();
        await SentAsync(Ask());

        Assert.Equal(("Bearer bedrock-api-key-1", null), (Server.Only.Header("Authorization"), Server.Only.Header("x-amz-date")));
    }

    [Theory]
    [InlineData("image/png", "png")]
    [InlineData("image/jpeg", "jpeg")]
    [InlineData("image/jpg", "jpeg")]
    [InlineData("IMAGE/GIF", "gif")]
    [InlineData("image/webp", "webp")]
    public async Task Images_AreSentAsBytes(string mediaType, string format) => Assert.Equal(
        """[{"role":"user","content":[{"image":{"format":"FORMAT","source":{"bytes":"AAEC"}}},{"text":"what?"}]}]""".Replace("FORMAT", format, StringComparison.Ordinal),
        await SentMessagesAsync(
            $$$"""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:{{{mediaType}}};base64,AAEC"}},{"type":"text","text":"what?"}]}"""));

    [Theory]
    [InlineData("https://example.com/a.png")]
    [InlineData("data:image/bmp;base64,AAEC")]
    [InlineData("data:image/png;base64,???")]
    public async Task OtherImages_AreRefused(string url)
    {
        var error = await RefusedAsync($$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}""");

        Assert.Equal((GatewayErrorCode.InvalidRequest, "invalid_image_url", "messages[0].content[0].image_url"), (error.Code, error.Detail, error.Param));
    }

    [Fact]
    public async Task Files_AreDocuments_WithNamesThatConverseTakes() => Assert.Equal(
        """[{"role":"user","content":[{"document":{"format":"pdf","name":"my-report-v1-2","source":{"bytes":"AAEC"}}},{"document":{"format":"txt","name":"document-2","source":{"bytes":"AAEC"}}},{"text":"?"}]}]""",
        await SentMessagesAsync(
            """{"role":"user","content":[{"type":"file","file":{"filename":"my report_v1.2.pdf","file_data":"data:application/pdf;base64,AAEC"}},{"type":"file","file":{"file_data":"data:text/plain;base64,AAEC"}},{"type":"text","text":"?"}]}"""));

    [Fact]
    public async Task Tools_AreOffered()
    {
        var config = await SentFieldAsync($$$"""
            "tools":[{{{Weather}}},{"type":"function","function":{"name":"now","description":"","strict":true}}],"tool_choice":"required"
            """, "toolConfig");

        Assert.Equal(
            """{"tools":[{"toolSpec":{"name":"weather","description":"Of a place","inputSchema":{"json":{"type":"object","properties":{"place":{"type":"string"}}}}}},{"toolSpec":{"name":"now","inputSchema":{"json":{"type":"object"}},"strict":true}}],"toolChoice":{"any":{}}}""",
            config);
    }

    [Theory]
    [InlineData("\"auto\"", """{"auto":{}}""")]
    [InlineData("\"required\"", """{"any":{}}""")]
    [InlineData("""{"type":"function","function":{"name":"weather"}}""", """{"tool":{"name":"weather"}}""")]
    public async Task ToolChoice_IsTranslated(string choice, string sent) =>
        Assert.EndsWith(",\"toolChoice\":" + sent + "}", await SentFieldAsync($"\"tools\":[{Weather}],\"tool_choice\":{choice}", "toolConfig"), StringComparison.Ordinal);

    [Fact]
    public async Task ToolChoiceNone_OffersNoTools_OrIsRefusedWhenToolsWereCalled()
    {
        Assert.Null(await SentFieldAsync($"\"tools\":[{Weather}],\"tool_choice\":\"none\"", "toolConfig"));

        var error = await RefusedAsync(
            $$$"""{"model":"m","tools":[{{{Weather}}}],"tool_choice":"none","messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"1"}]}""");
        Assert.Equal((GatewayErrorCode.UnsupportedOperation, "tool_choice"), (error.Code, error.Param));
    }

    [Fact]
    public async Task ResultsOfParallelCalls_BecomeOneTurn() => Assert.Equal(
        """[{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[{"text":"Let me see."},{"toolUse":{"toolUseId":"a","name":"f","input":{"p":1}}},{"toolUse":{"toolUseId":"b","name":"g","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"a","content":[{"text":"1"}]}},{"toolResult":{"toolUseId":"b","content":[]}},{"text":"and?"}]}]""",
        await SentMessagesAsync(
            """
            {"role":"user","content":"x"},
            {"role":"assistant","content":"Let me see.","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"p\":1}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]},
            {"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":""},{"role":"user","content":"and?"}
            """));

    [Fact]
    public async Task Thoughts_AreGivenBack() => Assert.Equal(
        """[{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"s1"}}},{"reasoningContent":{"redactedContent":"AAEC"}},{"text":"y"}]},{"role":"user","content":[{"text":"z"}]}]""",
        await SentMessagesAsync(
            """
            {"role":"user","content":"x"},
            {"role":"assistant","content":"y","reasoning_content":"hm","thinking_blocks":[{"type":"thinking","signature":"s1"},{"type":"redacted_thinking","data":"AAEC"},{"type":"thinking","thinking":"unsigned"}]},
            {"role":"user","content":"z"}
            """));

    [Fact]
    public async Task CacheControl_BecomesACachePoint() => Assert.Equal(
        """[{"role":"user","content":[{"text":"long"},{"cachePoint":{"type":"default","ttl":"1h"}},{"text":"x"}]}]""",
        await SentMessagesAsync("""{"role":"user","content":[{"type":"text","text":"long","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"x"}]}"""));

    [Fact]
    public async Task JsonSchema_IsSentAsText() => Assert.Equal(
        """{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\",\"additionalProperties\":false}","name":"n"}}}}""",
        await SentFieldAsync("""
            "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}
            """, "outputConfig"));

    [Theory]
    [InlineData("us.anthropic.claude-x", "\"top_k\":5", """{"top_k":5}""")]
    [InlineData("cohere.command-r-v1:0", "\"top_k\":5", """{"k":5}""")]
    [InlineData("amazon.nova-lite-v1:0", "\"top_k\":5", """{"inferenceConfig":{"topK":5}}""")]
    [InlineData("openai.gpt-oss-120b-1:0", "\"reasoning_effort\":\"high\"", """{"reasoning_effort":"high"}""")]
    [InlineData("us.anthropic.claude-x", "\"reasoning_effort\":\"low\"", """{"thinking":{"type":"enabled","budget_tokens":1024}}""")]
    [InlineData("us.anthropic.claude-x", "\"thinking\":{\"type\":\"adaptive\"}", """{"thinking":{"type":"adaptive"}}""")]
    [InlineData("meta.llama3", "\"additionalModelRequestFields\":{\"a\":[1]}", """{"a":[1]}""")]
    public async Task FieldsOfAModelsOwnApi_AreSentBesideTheRest(string model, string fields, string sent) =>
        Assert.Equal(sent, await SentFieldAsync(fields, "additionalModelRequestFields", model));

    [Fact]
    public async Task Reasoning_LeavesRoomForTheAnswer() => Assert.Equal(
        """{"maxTokens":5120}""", await SentFieldAsync("\"reasoning_effort\":\"low\"", "inferenceConfig"));

    [Theory]
    [InlineData("guardrailConfig", """{"guardrailIdentifier":"g","guardrailVersion":"1"}""")]
    [InlineData("performanceConfig", """{"latency":"optimized"}""")]
    [InlineData("requestMetadata", """{"team":"a"}""")]
    public async Task Extensions_ArePassedOn(string name, string value) => Assert.Equal(value, await SentFieldAsync($"\"{name}\":{value}", name));

    [Theory]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"seed\":1", "seed")]
    [InlineData("\"logprobs\":true", "logprobs")]
    [InlineData("\"presence_penalty\":0.5", "presence_penalty")]
    [InlineData("\"temperature\":1.5", "temperature")]
    [InlineData("\"modalities\":[\"audio\"]", "modalities")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [InlineData("\"top_k\":5", "top_k", "meta.llama3")]
    [InlineData("\"reasoning_effort\":\"low\"", "reasoning_effort", "meta.llama3")]
    [InlineData("\"reasoning_effort\":\"low\",\"max_tokens\":1000", "reasoning_effort")]
    [InlineData("\"parallel_tool_calls\":false,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "parallel_tool_calls")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"f\"}}]", "tools[0].type")]
    public async Task WhatConverseCannotExpress_IsRefused(string fields, string param, string model = Model)
    {
        var error = await RefusedAsync(Ask(fields), model);

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, param), (error.Code, error.Param));
        Assert.Empty(Server.Requests);
    }

    [Theory]
    [InlineData("\"n\":1,\"presence_penalty\":0,\"logprobs\":false,\"parallel_tool_calls\":false,\"store\":true,\"response_format\":{\"type\":\"text\"}")]
    public async Task WhatChangesNothing_IsLeftOut(string fields) =>
        Assert.Equal("""{"messages":[{"role":"user","content":[{"text":"x"}]}],"inferenceConfig":{}}""", await SentAsync(Ask(fields)));
}
