using LlmGateway.Core.Tests.Support;

namespace LlmGateway.Core.Tests.Protocol;

public class MessagesReaderTests
{
    [Theory]
    [InlineData("""{"model":"m"}""", "missing_required_parameter", "messages")]
    [InlineData("""{"model":"m","messages":null}""", "missing_required_parameter", "messages")]
    [InlineData("""{"model":"m","messages":[]}""", "empty_array", "messages")]
    [InlineData("""{"model":"m","messages":"hi"}""", "invalid_type", "messages")]
    [InlineData("""{"model":"m","messages":{"role":"user","content":"hi"}}""", "invalid_type", "messages")]
    [InlineData("""{"model":"m","messages":7}""", "invalid_type", "messages")]
    public void Messages_AreANonEmptyArray(string json, string code, string param) => Views.Fails(json, code, param);

    [Theory]
    [InlineData("\"hi\"", "invalid_type", "messages[1]")]
    [InlineData("null", "invalid_type", "messages[1]")]
    [InlineData("[{}]", "invalid_type", "messages[1]")]
    [InlineData("{}", "missing_required_parameter", "messages[1].role")]
    [InlineData("""{"content":"hi"}""", "missing_required_parameter", "messages[1].role")]
    [InlineData("""{"role":"robot","content":"hi"}""", "invalid_value", "messages[1].role")]
    [InlineData("""{"role":"User","content":"hi"}""", "invalid_value", "messages[1].role")]
    [InlineData("""{"role":null,"content":"hi"}""", "invalid_value", "messages[1].role")]
    [InlineData("""{"role":{"x":1},"content":"hi"}""", "invalid_value", "messages[1].role")]
    [InlineData("""{"role":"user"}""", "missing_required_parameter", "messages[1].content")]
    [InlineData("""{"role":"user","content":null}""", "missing_required_parameter", "messages[1].content")]
    [InlineData("""{"role":"system"}""", "missing_required_parameter", "messages[1].content")]
    [InlineData("""{"role":"tool","tool_call_id":"x"}""", "missing_required_parameter", "messages[1].content")]
    [InlineData("""{"role":"assistant"}""", "missing_required_parameter", "messages[1].content")]
    [InlineData("""{"role":"assistant","content":null}""", "missing_required_parameter", "messages[1].content")]
    [InlineData("""{"role":"user","content":5}""", "invalid_type", "messages[1].content")]
    [InlineData("""{"role":"user","content":true}""", "invalid_type", "messages[1].content")]
    [InlineData("""{"role":"user","content":{"type":"text","text":"hi"}}""", "invalid_type", "messages[1].content")]
    [InlineData("""{"role":"user","content":[]}""", "empty_array", "messages[1].content")]
    [InlineData("""{"role":"user","content":["hi"]}""", "invalid_type", "messages[1].content[0]")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"a"},[1]]}""", "invalid_type", "messages[1].content[1]")]
    [InlineData("""{"role":"user","content":[{"text":"hi"}]}""", "missing_required_parameter", "messages[1].content[0].type")]
    [InlineData("""{"role":"user","content":[{"type":5,"text":"hi"}]}""", "missing_required_parameter", "messages[1].content[0].type")]
    public void ABadMessage_IsNamedByItsPlace(string message, string code, string param) =>
        Views.Fails($$"""{"model":"m","messages":[{"role":"user","content":"hi"},{{message}},{"role":"nobody"}]}""", code, param);

    [Theory]
    [InlineData("""{"role":"user","content":""}""")]
    [InlineData("""{"role":"developer","content":"d","name":"x"}""")]
    [InlineData("""{"role":"tool","content":"42","tool_call_id":"call_1"}""")]
    [InlineData("""{"role":"function","name":"f","content":null}""")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}""")]
    [InlineData("""{"role":"assistant","tool_calls":[]}""")]
    [InlineData("""{"role":"assistant","refusal":"no"}""")]
    [InlineData("""{"content":[{"type":"text","text":"a"},{"type":"custom_vendor_part","x":{"y":[1]}}],"role":"user"}""")]
    public void AMessage_ThatTheProtocolAllows_IsAccepted(string message) => Views.Good($$"""{"model":"m","messages":[{{message}}]}""");

    [Theory]
    [InlineData("""[{"type":"image_url","image_url":{"url":"data:,"}}]""", true)]
    [InlineData("""[{"image_url":{"url":"data:,"},"type":"image_\u0075rl"}]""", true)]
    [InlineData("""[{"type":"text","text":"image_url"}]""", false)]
    [InlineData("\"image_url\"", false)]
    public void Images_AreNoticed(string content, bool hasImages) =>
        Assert.Equal(hasImages, Views.Good($$"""{"model":"m","messages":[{"role":"user","content":{{content}}}]}""").HasImages);
}
