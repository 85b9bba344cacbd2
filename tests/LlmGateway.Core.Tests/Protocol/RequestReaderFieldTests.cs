using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Tests.Support;

namespace LlmGateway.Core.Tests.Protocol;

/// <summary>Model, parameters and their ranges.</summary>
public class RequestReaderFieldTests
{
    [Fact]
    public void AGoodRequest_IsRead()
    {
        var view = Views.Good(
            """
            {"model":"llama3.2:1b","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:,"}}]}],
             "stream":true,"stream_options":{"include_usage":true,"other":1},"max_completion_tokens":17,"n":3,"user":"u-1",
             "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"x_vendor":{"keep":[1,2]}}
            """);
        Assert.Equal("llama3.2:1b", view.Model);
        Assert.True(view.Stream);
        Assert.True(view.IncludeUsage);
        Assert.True(view.HasImages);
        Assert.Equal(17, view.MaxTokens);
        Assert.Equal(3, view.Choices);
        Assert.Equal("u-1", view.User);
        Assert.Equal(2, view.ToolCount);
    }

    [Fact]
    public void ARequestOfOnlyTheRequiredFields_HasTheDefaults()
    {
        var view = Views.Good(Views.ChatJson());
        Assert.False(view.Stream);
        Assert.False(view.IncludeUsage);
        Assert.False(view.HasImages);
        Assert.Null(view.MaxTokens);
        Assert.Null(view.User);
        Assert.Equal(1, view.Choices);
        Assert.True(view.StreamOptionsValue.IsEmpty);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "missing_required_parameter")]
    [InlineData("""{"model":null,"messages":[{"role":"user","content":"hi"}]}""", "missing_required_parameter")]
    [InlineData("""{"model":"","messages":[{"role":"user","content":"hi"}]}""", "missing_required_parameter")]
    [InlineData("""{"model":" \t","messages":[{"role":"user","content":"hi"}]}""", "missing_required_parameter")]
    [InlineData("""{"model":5,"messages":[{"role":"user","content":"hi"}]}""", "invalid_type")]
    [InlineData("""{"model":["m"],"messages":[{"role":"user","content":"hi"}]}""", "invalid_type")]
    [InlineData("""{"model":{"model":"m"},"messages":[{"role":"user","content":"hi"}]}""", "invalid_type")]
    public void ABadModel_IsNamed(string json, string code) => Views.Fails(json, code, "model");

    [Theory]
    [InlineData("""{"model":"a","model":"b","messages":[]}""", "model")]
    [InlineData("""{"model":"a","mod\u0065l":"b","messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"\u006dodel":"a","model":"b","messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":"a","messages":[{"role":"user","content":"hi"}],"messages":[{"role":"user","content":"ho"}]}""", "messages")]
    [InlineData("""{"model":"a","messages":[{"role":"user","content":"hi"}],"stream":false,"str\u0065am":true}""", "stream")]
    [InlineData("""{"model":"a","messages":[{"role":"user","content":"hi"}],"stream_options":null,"stream_options":{}}""", "stream_options")]
    [InlineData("""{"model":"a","messages":[{"role":"user","content":"hi"}],"tools":[],"tools":[]}""", "tools")]
    [InlineData("""{"model":"a","messages":[{"role":"user","content":"hi"}],"max_tokens":1,"max_tokens":9000}""", "max_tokens")]
    public void ADuplicate_IsRefusedHoweverItIsSpelled(string json, string param) => Views.Fails(json, "duplicate_parameter", param);

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","role":"system","content":"hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi","cont\u0065nt":"ho"}]}""", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true,"include_usage":false}}""", "stream_options.include_usage")]
    public void ADuplicateInside_IsRefused(string json, string param) => Views.Fails(json, "duplicate_parameter", param);

    [Fact]
    public void FieldNames_AreReadThroughTheirEscapes()
    {
        var view = Views.Good("""{"mod\u0065l":"m","m\u0065ssages":[{"rol\u0065":"us\u0065r","content":"hi"}],"str\u0065am":true}""");
        Assert.Equal("m", view.Model);
        Assert.True(view.Stream);
    }

    [Fact]
    public void FieldNames_AreCaseSensitive() =>
        Views.Fails("""{"Model":"m","messages":[{"role":"user","content":"hi"}]}""", "missing_required_parameter", "model");

    [Theory]
    [InlineData("temperature", "2.0001", "decimal_above_max_value")]
    [InlineData("temperature", "-0.1", "decimal_below_min_value")]
    [InlineData("temperature", "1e400", "decimal_above_max_value")]
    [InlineData("temperature", "\"0.5\"", "invalid_type")]
    [InlineData("top_p", "1.1", "decimal_above_max_value")]
    [InlineData("top_p", "-1", "decimal_below_min_value")]
    [InlineData("presence_penalty", "2.5", "decimal_above_max_value")]
    [InlineData("frequency_penalty", "-2.5", "decimal_below_min_value")]
    [InlineData("n", "0", "integer_below_min_value")]
    [InlineData("n", "129", "integer_above_max_value")]
    [InlineData("n", "1.5", "invalid_type")]
    [InlineData("n", "99999999999999999999", "invalid_type")]
    [InlineData("max_tokens", "0", "integer_below_min_value")]
    [InlineData("max_tokens", "-5", "integer_below_min_value")]
    [InlineData("max_completion_tokens", "0", "integer_below_min_value")]
    [InlineData("max_completion_tokens", "true", "invalid_type")]
    [InlineData("top_logprobs", "21", "integer_above_max_value")]
    [InlineData("top_logprobs", "-1", "integer_below_min_value")]
    [InlineData("logprobs", "\"yes\"", "invalid_type")]
    [InlineData("seed", "1.5", "invalid_type")]
    [InlineData("stop", "5", "invalid_type")]
    [InlineData("user", "{}", "invalid_type")]
    [InlineData("stream", "\"true\"", "invalid_type")]
    [InlineData("stream", "1", "invalid_type")]
    [InlineData("parallel_tool_calls", "[]", "invalid_type")]
    [InlineData("logit_bias", "[]", "invalid_type")]
    [InlineData("tools", "{}", "invalid_type")]
    [InlineData("response_format", "\"json\"", "invalid_type")]
    public void AParameter_OutOfTypeOrRange_IsNamed(string name, string value, string code) =>
        Views.Fails(Views.ChatJson($"\"{name}\":{value}"), code, name);

    [Theory]
    [InlineData("\"temperature\":0")]
    [InlineData("\"temperature\":2")]
    [InlineData("\"temperature\":null")]
    [InlineData("\"top_p\":0,\"presence_penalty\":-2,\"frequency_penalty\":2")]
    [InlineData("\"n\":1")]
    [InlineData("\"n\":128")]
    [InlineData("\"max_tokens\":1")]
    [InlineData("\"seed\":-9223372036854775808")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":20")]
    [InlineData("\"stop\":\"x\"")]
    [InlineData("\"stop\":[\"x\",\"y\"]")]
    [InlineData("\"stop\":null")]
    [InlineData("\"stream\":null")]
    [InlineData("\"tools\":null,\"response_format\":null,\"user\":null")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"provider_specific\":\"whatever\",\"min_p\":9999")]
    public void AParameter_AtItsBounds_IsAccepted(string members) => Views.Good(Views.ChatJson(members));

    [Fact]
    public void StopSequences_MustAllBeStrings() => Views.Fails(Views.ChatJson("\"stop\":[\"a\",5]"), "invalid_type", "stop[1]");

    [Fact]
    public void Tools_MustAllBeObjects() => Views.Fails(Views.ChatJson("\"tools\":[{},\"f\"]"), "invalid_type", "tools[1]");

    [Fact]
    public void TheFirstFaultInTheDocument_IsTheOneReported() =>
        Views.Fails(Views.ChatJson("\"n\":0,\"temperature\":9"), "integer_below_min_value", "n");

    [Theory]
    [InlineData("\"stream\":true,\"stream_options\":5", "invalid_type", "stream_options")]
    [InlineData("\"stream\":true,\"stream_options\":[]", "invalid_type", "stream_options")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":\"yes\"}", "invalid_type", "stream_options.include_usage")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":{}}", "invalid_type", "stream_options.include_usage")]
    [InlineData("\"stream_options\":{\"include_usage\":true}", "invalid_value", "stream_options")]
    [InlineData("\"stream\":false,\"stream_options\":{}", "invalid_value", "stream_options")]
    public void StreamOptions_AreChecked(string members, string code, string param) => Views.Fails(Views.ChatJson(members), code, param);

    [Theory]
    [InlineData("\"stream\":true,\"stream_options\":{}", false)]
    [InlineData("\"stream\":true,\"stream_options\":null", false)]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":false}", false)]
    [InlineData("\"stream_options\":{\"x\":{\"include_usage\":false},\"include_usage\":true},\"stream\":true", true)]
    [InlineData("\"stream_options\":null", false)]
    public void StreamOptions_SayWhetherUsageIsWanted(string members, bool wanted) =>
        Assert.Equal(wanted, Views.Good(Views.ChatJson(members)).IncludeUsage);

    /// <summary>OpenAI: "The maximum number of tokens" of a legacy completion may be 0, to have the prompt echoed.</summary>
    [Fact]
    public void ACompletion_MayAskForNoTokens() =>
        Assert.Equal(0, Views.Good("""{"model":"m","prompt":"p","max_tokens":0,"echo":true,"logprobs":5}""", Operation.Completion).MaxTokens);
}
