using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Ollama;

public sealed class ChatRequestTests : OllamaFixture
{
    [Fact]
    public async Task PlainChat_IsNativeChat()
    {
        var sent = await SentAsync("""{"model":"alias","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"Gr\u00fc\u00dfe \"q\" 😀\n"}]}""", "llama3.2:1b");

        Assert.Equal(
            """{"model":"llama3.2:1b","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"Gr\u00fc\u00dfe \"q\" 😀\n"}],"stream":false,"truncate":false,"shift":false,"options":{}}""",
            sent);
        Assert.Equal("POST /api/chat HTTP/1.1", Server.Only.Head.Split("\r\n")[0]);
        Assert.Equal("application/json", Server.Only.Header("Content-Type"));
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(sent).ToString(System.Globalization.CultureInfo.InvariantCulture), Server.Only.Header("Content-Length"));
    }

    [Fact]
    public async Task Options_TakeOllamasNames()
    {
        var options = await SentFieldAsync(
            """
            "temperature":0.10,"top_p":1,"top_k":40,"min_p":5e-2,"seed":7,"stop":["a","b"],"max_tokens":12,
            "presence_penalty":1.5,"frequency_penalty":-1,"repeat_penalty":1.1,"num_ctx":2048
            """,
            "options");

        Assert.Equal(
            """{"temperature":0.10,"top_p":1,"top_k":40,"min_p":5e-2,"seed":7,"presence_penalty":1.5,"frequency_penalty":-1,"repeat_penalty":1.1,"stop":["a","b"],"num_predict":12,"num_ctx":2048}""",
            options);
    }

    [Theory]
    [InlineData("\"stop\":\"END\"", """{"stop":["END"]}""")]
    [InlineData("\"max_completion_tokens\":3", """{"num_predict":3}""")]
    [InlineData("\"repetition_penalty\":1.2", """{"repeat_penalty":1.2}""")]
    [InlineData("\"temperature\":null,\"stop\":null,\"max_tokens\":null,\"options\":null", "{}")]
    [InlineData("\"options\":{\"mirostat\":1,\"temperature\":0.5,\"num_predict\":5,\"num_ctx\":512,\"stop\":[\"x\"]}", """{"num_ctx":512,"mirostat":1,"temperature":0.5,"num_predict":5,"stop":["x"]}""")]
    [InlineData("\"options\":{\"temperature\":0.5,\"num_predict\":5,\"stop\":[\"x\"]},\"temperature\":1,\"max_tokens\":9,\"stop\":\"y\"", """{"temperature":1,"stop":["y"],"num_predict":9}""")]
    public async Task Options_MeetTheClientsOwn(string fields, string expected)
    {
        Assert.Equal(expected, await SentFieldAsync(fields, "options"));
    }

    [Theory]
    [InlineData("\"top_k\":\"40\"", "top_k")]
    [InlineData("\"options\":[]", "options")]
    [InlineData("\"num_ctx\":0", "num_ctx")]
    [InlineData("\"options\":{\"num_ctx\":1.5}", "options.num_ctx")]
    [InlineData("\"num_ctx\":2000000000", "num_ctx")]
    [InlineData("\"options\":{\"num_gpu\":0}", "options")]
    [InlineData("\"options\":{\"num_thread\":1,\"temperature\":1}", "options")]
    [InlineData("\"options\":{\"num_batch\":100000}", "options")]
    public async Task OptionOfAWrongType_IsTheClientsError(string fields, string param)
    {
        var error = await Refused(fields);

        Assert.Equal((GatewayErrorCode.InvalidRequest, param), (error.Code, error.Param));
    }

    [Fact]
    public async Task ConfiguredContextLength_IsSent_AndTheMostAClientMayAskFor()
    {
        Options.Models["small"] = new ModelOptions { UpstreamName = "m", ContextLength = 4096 };
        await StartAsync("0.33.0");

        Assert.Equal("""{"num_ctx":4096}""", await SentFieldAsync("", "options"));
        Assert.Equal("""{"num_ctx":1024}""", await SentFieldAsync("\"num_ctx\":1024", "options"));
        // By the name it has at the provider: the client used an alias.
        Assert.Equal("""{"num_ctx":4096}""", System.Text.Json.Nodes.JsonNode.Parse(await SentAsync("""{"model":"small","messages":[{"role":"user","content":"x"}]}""", "m"))!["options"]!.ToJsonString());
        Assert.Equal("num_ctx", (await Refused("\"num_ctx\":4097")).Param);
    }

    [Fact]
    public async Task KeepAlive_IsTheRequestsOrTheConfigured()
    {
        Options.KeepAlive = "10m";
        await StartAsync("0.33.0");
        Assert.Equal("\"10m\"", await SentFieldAsync("", "keep_alive"));
        Assert.Equal("60", await SentFieldAsync("\"keep_alive\":60", "keep_alive"));
        Assert.Equal("90", await SentFieldAsync("\"keep_alive\":\"90\"", "keep_alive"));
        Assert.Equal("\"1h\"", await SentFieldAsync("\"keep_alive\":\"1h\"", "keep_alive"));
        Assert.Equal("\"59m59.5s\"", await SentFieldAsync("\"keep_alive\":\"59m59.5s\"", "keep_alive"));
    }

    [Theory]
    [InlineData("0", "invalid_value")]
    [InlineData("-1", "invalid_value")]
    [InlineData("\"-1\"", "invalid_value")]
    [InlineData("\"-5m\"", "invalid_value")]
    [InlineData("\"0s\"", "invalid_value")]
    [InlineData("3601", "invalid_value")]
    [InlineData("1e300", "invalid_value")]
    [InlineData("\"24h\"", "invalid_value")]
    [InlineData("\"1h0.1s\"", "invalid_value")]
    [InlineData("\"999999999999999999h\"", "invalid_value")]
    [InlineData("\"NaN\"", "invalid_type")]
    [InlineData("\"1e999\"", "invalid_type")]
    [InlineData("\"for ever\"", "invalid_type")]
    [InlineData("true", "invalid_type")]
    [InlineData("{}", "invalid_type")]
    public async Task KeepAlive_OutsideOfWhatIsAllowed_IsRefused(string value, string code)
    {
        await StartAsync("0.33.0");
        foreach (var error in new[]
        {
            await Refused($"\"keep_alive\":{value}"),
            await Calls.ErrorAsync(Provider.EmbedAsync(Calls.Make(Operation.Embeddings, $$"""{"model":"m","input":"a","keep_alive":{{value}}}"""))),
        })
        {
            Assert.Equal(("keep_alive", code), (error.Param, error.Detail));
        }
    }

    [Fact]
    public async Task KeepAlive_MayBeKeptToTheOperatorAlone()
    {
        Options.KeepAlive = "10m";
        Options.MaxKeepAlive = TimeSpan.Zero;
        await StartAsync("0.33.0");
        Assert.Equal("\"10m\"", await SentFieldAsync("", "keep_alive"));
        Assert.Equal(GatewayErrorCode.UnsupportedOperation, (await Refused("\"keep_alive\":60")).Code);
    }

    [Fact]
    public async Task Parts_BecomeOneText_AndImagesBareBase64()
    {
        var sent = await SentAsync(
            """
            {"model":"m","messages":[{"role":"user","content":[
              {"type":"text","text":"one \"1\""},
              {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo+/w==","detail":"low"}},
              {"type":"text","text":"two 😀"},
              {"type":"image_url","image_url":{"url":"DATA:image\/jpeg;base64,AAE\/"}},
              {"type":"image_url","image_url":"data:;base64,AAEC"}]}]}
            """);

        Assert.Contains(
            """{"role":"user","content":"one \"1\"\ntwo 😀","images":["iVBORw0KGgo+/w==","AAE/","AAEC"]}""", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"https://example.com/cat.png\"")]
    [InlineData("\"http://127.0.0.1:1/\"")]
    [InlineData("\"file:///etc/passwd\"")]
    [InlineData("\"data:image/png,plain\"")]
    [InlineData("\"data:image/png;base64,not base64!\"")]
    [InlineData("\"data:image/png;base64,\"")]
    [InlineData("\"iVBORw0KGgo=\"")]
    [InlineData("7")]
    [InlineData("{}")]
    public async Task ImageThatIsNotInTheRequest_IsRefused_AndNeverFetched(string url)
    {
        var error = await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(
            $$$"""{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":{{{url}}}}}]}]}""")));

        Assert.Equal((GatewayErrorCode.InvalidRequest, "messages[1].content[1].image_url"), (error.Code, error.Param));
        Assert.Equal(400, ErrorMapper.Status(error));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task ToolsBothWays_KeepIdsNamesAndArguments()
    {
        const string Tools = """[{"type":"function","function":{"name":"get_weather","description":"d","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}}]""";
        var sent = await SentAsync(
            """
            {"model":"m","tools":TOOLS,"tool_choice":"auto","parallel_tool_calls":true,"messages":[
              {"role":"developer","content":"d"},
              {"role":"user","content":"weather?"},
              {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
                {"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Z\u00fcrich \\\"x\\\"\",\"n\":1.50}"}},
                {"id":"call_2","type":"function","function":{"name":"now","arguments":""}}]},
              {"role":"tool","tool_call_id":"call_2","content":"12:00"},
              {"role":"tool","tool_call_id":"call_1","content":[{"type":"text","text":"11 degrees"}]},
              {"role":"tool","tool_call_id":"call_9","name":"named","content":"?"}]}
            """.Replace("TOOLS", Tools, StringComparison.Ordinal));

        Assert.Equal(
            """{"model":"m","messages":[{"role":"system","content":"d"},{"role":"user","content":"weather?"},"""
            + """{"role":"assistant","content":"","thinking":"hm","tool_calls":[{"id":"call_1","function":{"name":"get_weather","arguments":{"city": "Zürich \"x\"","n":1.50}}},{"id":"call_2","function":{"name":"now","arguments":{}}}]},"""
            + """{"role":"tool","content":"12:00","tool_name":"now","tool_call_id":"call_2"},"""
            + """{"role":"tool","content":"11 degrees","tool_name":"get_weather","tool_call_id":"call_1"},"""
            + """{"role":"tool","content":"?","tool_name":"named","tool_call_id":"call_9"}],"""
            + "\"tools\":" + Tools + ""","stream":false,"truncate":false,"shift":false,"options":{}}""",
            sent);
    }

    [Theory]
    [InlineData("\"[1]\"")]
    [InlineData("\"{\\\"city\\\":\"")]
    [InlineData("\"text\"")]
    public async Task ArgumentsThatAreNoObject_AreTheClientsError(string arguments)
    {
        var error = await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(
            $$$"""{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{{{arguments}}}}}]}]}""")));

        Assert.Equal((GatewayErrorCode.InvalidRequest, "messages[1].tool_calls[0].function.arguments"), (error.Code, error.Param));
    }

    [Fact]
    public async Task ToolChoiceNone_OffersNoTools()
    {
        Assert.Null(await SentFieldAsync("""  "tool_choice":"none","tools":[{"type":"function","function":{"name":"f"}}] """, "tools"));
    }

    [Theory]
    [InlineData(""" "response_format":{"type":"json_object"} """, "\"json\"")]
    [InlineData(""" "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","x":[1.0]}}} """, """{"type":"object","x":[1.0]}""")]
    [InlineData(""" "response_format":{"type":"text"} """, null)]
    [InlineData(""" "response_format":null """, null)]
    public async Task ResponseFormat_BecomesFormat(string field, string? expected)
    {
        Assert.Equal(expected, await SentFieldAsync(field, "format"));
    }

    [Theory]
    [InlineData("\"reasoning_effort\":\"none\"", "false")]
    [InlineData("\"reasoning_effort\":\"minimal\"", "\"low\"")]
    [InlineData("\"reasoning_effort\":\"low\"", "\"low\"")]
    [InlineData("\"reasoning_effort\":\"medium\"", "\"medium\"")]
    [InlineData("\"reasoning_effort\":\"high\"", "\"high\"")]
    [InlineData("\"reasoning_effort\":\"xhigh\"", "\"max\"")]
    [InlineData("\"think\":true,\"reasoning_effort\":\"low\"", "true")]
    [InlineData("\"reasoning_effort\":null", null)]
    public async Task ReasoningEffort_BecomesThink(string field, string? expected)
    {
        Assert.Equal(expected, await SentFieldAsync(field, "think"));
    }

    [Fact]
    public async Task Logprobs_ArePassed()
    {
        Assert.Equal("true", await SentFieldAsync("\"logprobs\":true,\"top_logprobs\":3", "logprobs"));
        Assert.Equal("3", await SentFieldAsync("\"logprobs\":true,\"top_logprobs\":3", "top_logprobs"));
        Assert.Null(await SentFieldAsync("\"logprobs\":false", "logprobs"));
    }

    [Theory]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"logit_bias\":{\"5\":1}", "logit_bias")]
    [InlineData("\"audio\":{\"voice\":\"x\"}", "audio")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"prediction\":{\"type\":\"content\",\"content\":\"x\"}", "prediction")]
    [InlineData("\"functions\":[{\"name\":\"f\"}]", "functions")]
    [InlineData("\"web_search_options\":{\"search_context_size\":\"low\"}", "web_search_options")]
    [InlineData("\"verbosity\":\"low\"", "verbosity")]
    [InlineData("\"guided_regex\":\"a+\"", "guided_regex")]
    [InlineData("\"tool_choice\":\"required\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tool_choice")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tool_choice")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}]", "tools[1].type")]
    public async Task WhatWouldChangeTheAnswer_IsRefused(string field, string param)
    {
        var error = await Refused(field);

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, param), (error.Code, error.Param));
        Assert.Equal(400, ErrorMapper.Status(error));
    }

    [Theory]
    [InlineData("\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAA\",\"format\":\"wav\"}}]", "messages[0].content[0]")]
    [InlineData("\"content\":[{\"type\":\"text\",\"text\":\"x\"},{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}]", "messages[0].content[1]")]
    public async Task PartsOllamaCannotTake_AreRefused(string content, string param)
    {
        var error = await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat($$$"""{"model":"m","messages":[{"role":"user",{{{content}}}}]}""")));

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, param), (error.Code, error.Param));
    }

    [Fact]
    public async Task WhatCannotChangeTheAnswer_IsLeftOut()
    {
        var sent = await SentAsync(Ask(
            """
            "user":"u","metadata":{"a":"b"},"store":true,"service_tier":"auto","parallel_tool_calls":false,"safety_identifier":"s",
            "prompt_cache_key":"k","n":1,"logit_bias":{},"modalities":["text"],"best_of":1,"functions":[],"echo":false,"unheard_of":1
            """));

        Assert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"x"}],"stream":false,"truncate":false,"shift":false,"options":{}}""", sent);
    }

    private Task<GatewayError> Refused(string fields) => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask(fields))));
}
