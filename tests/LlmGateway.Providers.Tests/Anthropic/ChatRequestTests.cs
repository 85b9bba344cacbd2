using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class ChatRequestTests : AnthropicFixture
{
    [Fact]
    public async Task PlainChat_IsAMessage()
    {
        var sent = await SentAsync("""{"model":"alias","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"Gr\u00fc\u00dfe \"q\" 😀\n"}]}""", "claude-x");

        Assert.Equal(
            """{"model":"claude-x","max_tokens":4096,"system":[{"type":"text","text":"be brief"}],"messages":[{"role":"user","content":[{"type":"text","text":"Gr\u00fc\u00dfe \"q\" 😀\n"}]}]}""",
            sent);
        var request = Server.Only;
        Assert.Equal("POST /v1/messages HTTP/1.1", request.Head.Split("\r\n")[0]);
        Assert.Equal("application/json", request.Header("Content-Type"));
        Assert.Equal("sk-ant-1", request.Header("x-api-key"));
        Assert.Equal("2023-06-01", request.Header("anthropic-version"));
        Assert.Null(request.Header("Authorization"));
    }

    [Fact]
    public async Task ConfiguredHeaders_ReplaceThoseOfTheDialect()
    {
        Options.Headers["Anthropic-Version"] = "2099-01-01";
        Options.Headers["anthropic-beta"] = "some-beta";
        Start();

        await SentAsync(Ask());

        Assert.Equal("2099-01-01", Server.Only.Header("anthropic-version"));
        Assert.Equal(1, Server.Only.Head.Split("nthropic-").Length - 2);
        Assert.Equal("some-beta", Server.Only.Header("anthropic-beta"));
    }

    [Fact]
    public async Task MessagesOfOneSide_BecomeOneTurn_AndSystemOnesLeaveIt()
    {
        var sent = await SentMessagesAsync(
            """
            {"role":"user","content":"a"},{"role":"developer","content":[{"type":"text","text":"s1"},{"type":"text","text":"s2","cache_control":{"type":"ephemeral"}}]},
            {"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":""}]},{"role":"assistant","content":"c"},{"role":"assistant","content":""},
            {"role":"assistant","content":null,"refusal":"no"},{"role":"user","content":"d"}
            """);

        Assert.Equal(
            """
            "system":[{"type":"text","text":"s1"},{"type":"text","text":"s2","cache_control":{"type":"ephemeral"}}],"messages":[
            {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
            {"role":"assistant","content":[{"type":"text","text":"c"},{"type":"text","text":"no"}]},
            {"role":"user","content":[{"type":"text","text":"d"}]}]
            """.ReplaceLineEndings(""),
            sent);
    }

    [Fact]
    public async Task EmptyAssistantMessage_JoinsTheTurnsAroundIt()
    {
        Assert.Equal(
            """ "messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}] """.Trim(),
            await SentMessagesAsync("""{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"user","content":"b"}"""));
    }

    [Fact]
    public async Task ToolCallsAndResults_BecomeBlocks_ResultsFirst()
    {
        var sent = await SentMessagesAsync(
            """
            {"role":"user","content":"weather?"},
            {"role":"assistant","content":"Let me look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"get","arguments":"{\"city\": \"Zürich \\\"q\\\" 😀\",\"n\":[1.50]}"}},{"id":"call_2","type":"function","function":{"name":"now","arguments":""}}]},
            {"role":"user","content":"and hurry"},
            {"role":"tool","tool_call_id":"call_1","content":"21 °C"},
            {"role":"tool","tool_call_id":"call_2","content":[{"type":"text","text":"noon"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
            {"role":"tool","tool_call_id":"call_3","content":""}
            """);

        Assert.Equal(
            """
            "messages":[{"role":"user","content":[{"type":"text","text":"weather?"}]},
            {"role":"assistant","content":[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"call_1","name":"get","input":{"city": "Zürich \"q\" 😀","n":[1.50]}},{"type":"tool_use","id":"call_2","name":"now","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"21 °C"},{"type":"tool_result","tool_use_id":"call_2","content":[{"type":"text","text":"noon"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"type":"tool_result","tool_use_id":"call_3"},{"type":"text","text":"and hurry"}]}]
            """.ReplaceLineEndings(""),
            sent);
    }

    [Theory]
    [InlineData("""{"url":"data:image/png;base64,aGk="}""", """{"type":"base64","media_type":"image/png","data":"aGk="}""")]
    [InlineData("""{"url":"data:image\/jpg;base64,aGk="}""", """{"type":"base64","media_type":"image/jpeg","data":"aGk="}""")]
    [InlineData("""{"url":"https://example.com/a.png?b=\u0026","detail":"low"}""", """{"type":"url","url":"https://example.com/a.png?b=\u0026"}""")]
    [InlineData("\"http://example.com/a.png\"", """{"type":"url","url":"http://example.com/a.png"}""")]
    public async Task Images_BecomeSources(string url, string source)
    {
        var sent = await SentMessagesAsync($$$"""{"role":"user","content":[{"type":"image_url","image_url":{{{url}}},"cache_control":{"type":"ephemeral"}}]}""");

        Assert.Equal($$$""" "messages":[{"role":"user","content":[{"type":"image","source":{{{source}}},"cache_control":{"type":"ephemeral"}}]}] """.Trim(), sent);
    }

    [Fact]
    public async Task PdfFile_BecomesADocument()
    {
        Assert.Equal(
            """ "messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"aGk="},"title":"a.pdf"}]}] """.Trim(),
            await SentMessagesAsync("""{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,aGk="}}]}"""));
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}""", "messages[0].content[0].image_url", "invalid_image_url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,???"}}]}""", "messages[0].content[0].image_url", "invalid_image_url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url"}]}""", "messages[0].content[0].image_url", "invalid_image_url")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":7}]}""", "messages[0].content[0].text", "invalid_type")]
    [InlineData("""{"role":"user","content":""}""", "messages", "invalid_value")]
    [InlineData("""{"role":"system","content":"only"}""", "messages", "invalid_value")]
    [InlineData("""{"role":"user","content":"x"},{"role":"tool","content":"y"}""", "messages[1].tool_call_id", "missing_required_parameter")]
    [InlineData("""{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}""", "messages[0].tool_calls[0].id", "missing_required_parameter")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","function":{"arguments":"{}"}}]}""", "messages[0].tool_calls[0].function", "invalid_type")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}]}""", "messages[0].tool_calls[0].function.arguments", "invalid_value")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"a\":"}}]}""", "messages[0].tool_calls[0].function.arguments", "invalid_value")]
    public async Task MessageThatCannotBeSent_IsTheClientsError(string messages, string param, string detail)
    {
        var error = await RefusedAsync($$"""{"model":"m","messages":[{{messages}}]}""");

        Assert.Equal((GatewayErrorCode.InvalidRequest, param, detail), (error.Code, error.Param, error.Detail));
        Assert.Empty(Server.Requests);
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}""", "messages[0].content[0]")]
    [InlineData("""{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://x"}}]},{"role":"user","content":"x"}""", "messages[0].content[0]")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}""", "messages[0].content[0].file")]
    [InlineData("""{"role":"function","name":"f","content":"x"}""", "messages[0]")]
    [InlineData("""{"role":"assistant","audio":{"id":"x"}}""", "messages[0].audio")]
    public async Task MessageOfAnUnknownForm_IsRefused(string messages, string param)
    {
        var error = await RefusedAsync($$"""{"model":"m","messages":[{{messages}}]}""");

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, param), (error.Code, error.Param));
    }

    [Theory]
    [InlineData("\"temperature\":0.10", "temperature", "0.10")]
    [InlineData("\"top_p\":1", "top_p", "1")]
    [InlineData("\"top_k\":40", "top_k", "40")]
    [InlineData("\"stop\":\"END\"", "stop_sequences", "[\"END\"]")]
    [InlineData("\"stop\":[\"a\",\"b\"]", "stop_sequences", "[\"a\",\"b\"]")]
    [InlineData("\"stop\":null", "stop_sequences", null)]
    [InlineData("\"max_tokens\":12", "max_tokens", "12")]
    [InlineData("\"max_completion_tokens\":100000", "max_tokens", "100000")]
    [InlineData("\"user\":\"u-1\"", "metadata", """{"user_id":"u-1"}""")]
    [InlineData("\"cache_control\":{\"type\":\"ephemeral\"}", "cache_control", """{"type":"ephemeral"}""")]
    [InlineData("\"response_format\":{\"type\":\"text\"}", "output_config", null)]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":{\"type\":\"object\"}}}", "output_config", """{"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false}}}""")]
    public async Task Field_IsSent(string fields, string name, string? expected)
    {
        Assert.Equal(expected, await SentFieldAsync(fields, name));
    }

    [Fact]
    public async Task NeutralAndForeignFields_AreLeftOut()
    {
        Assert.Equal(
            await SentAsync(Ask()),
            await SentAsync(Ask(
                """
                "n":1,"presence_penalty":0,"frequency_penalty":0.0,"logprobs":false,"top_logprobs":0,"logit_bias":{},"seed":null,"modalities":["text"],
                "metadata":{"a":"b"},"store":true,"service_tier":"auto","prompt_cache_key":"k","something_new":1,"parallel_tool_calls":false,"tools":[],"tool_choice":"auto"
                """)));
    }

    [Theory]
    [InlineData("\"temperature\":1.01", "temperature")]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"seed\":1", "seed")]
    [InlineData("\"presence_penalty\":0.5", "presence_penalty")]
    [InlineData("\"frequency_penalty\":-1", "frequency_penalty")]
    [InlineData("\"logprobs\":true", "logprobs")]
    [InlineData("\"logit_bias\":{\"1\":2}", "logit_bias")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [InlineData("\"web_search_options\":{\"a\":1}", "web_search_options")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"x\"}}]", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"x\"}}],\"tool_choice\":{\"type\":\"allowed_tools\"}", "tool_choice")]
    [InlineData("\"reasoning_effort\":\"high\",\"max_completion_tokens\":2047", "reasoning_effort")]
    public async Task FieldThatWouldChangeTheAnswer_IsRefused(string fields, string param)
    {
        var error = await RefusedAsync(Ask(fields));

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, param), (error.Code, error.Param));
        Assert.Empty(Server.Requests);
    }

    [Theory]
    [InlineData("\"top_k\":\"40\"", "top_k")]
    [InlineData("\"reasoning_effort\":\"hard\"", "reasoning_effort")]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "response_format.type")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\"}}", "response_format.json_schema.schema")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{}}]", "tools[0].function.name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":7}}]", "tools[0].function.parameters")]
    public async Task FieldOfAWrongForm_IsTheClientsError(string fields, string param)
    {
        var error = await RefusedAsync(Ask(fields));

        Assert.Equal((GatewayErrorCode.InvalidRequest, param), (error.Code, error.Param));
    }

    [Fact]
    public async Task Tools_HaveInputSchemas()
    {
        Assert.Equal(
            """[{"name":"get","description":"d","input_schema":{"type":"object","properties":{"a":{"type":"number","minimum":1.50}}},"strict":true,"cache_control":{"type":"ephemeral"}},{"name":"now","input_schema":{"type":"object"}}]""",
            await SentFieldAsync(
                """
                "tools":[{"type":"function","cache_control":{"type":"ephemeral"},"function":{"name":"get","description":"d","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"number","minimum":1.50}}}}},
                {"type":"function","function":{"name":"now","strict":false}}]
                """,
                "tools"));
    }

    [Theory]
    [InlineData("{}", """{"type":"object"}""")]
    [InlineData("null", """{"type":"object"}""")]
    [InlineData("{\"properties\":{\"a\":{}},\"required\":[]}", """{"type":"object","properties":{"a":{}},"required":[]}""")]
    [InlineData("{\"required\":[],\"type\":\"object\"}", """{"required":[],"type":"object"}""")]
    public async Task SchemaOfATool_HasAType(string parameters, string expected)
    {
        var tools = await SentFieldAsync("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":" + parameters + "}}]", "tools");

        Assert.Equal($$$"""[{"name":"f","input_schema":{{{expected}}}}]""", tools);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(",\"tool_choice\":null", null)]
    [InlineData(",\"tool_choice\":\"auto\"", """{"type":"auto"}""")]
    [InlineData(",\"tool_choice\":\"none\",\"parallel_tool_calls\":false", """{"type":"none"}""")]
    [InlineData(",\"tool_choice\":\"required\"", """{"type":"any"}""")]
    [InlineData(",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", """{"type":"tool","name":"f"}""")]
    [InlineData(",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}},\"parallel_tool_calls\":false", """{"type":"tool","name":"f","disable_parallel_tool_use":true}""")]
    [InlineData(",\"parallel_tool_calls\":false", """{"type":"auto","disable_parallel_tool_use":true}""")]
    [InlineData(",\"parallel_tool_calls\":true", null)]
    public async Task ToolChoice_TakesAnthropicsWords(string fields, string? expected)
    {
        Assert.Equal(expected, await SentFieldAsync("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]" + fields, "tool_choice"));
    }
}
