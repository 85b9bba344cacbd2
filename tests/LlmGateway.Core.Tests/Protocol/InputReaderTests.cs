using LlmGateway.Core.Protocol;
using LlmGateway.Core.Tests.Support;

namespace LlmGateway.Core.Tests.Protocol;

public class InputReaderTests
{
    [Theory]
    [InlineData("\"text\"", 1)]
    [InlineData("[\"a\",\"b\",\"c\"]", 3)]
    [InlineData("[1,2,3]", 1)]
    [InlineData("[0]", 1)]
    [InlineData("[[1,2],[3]]", 2)]
    public void Input_CountsTheVectorsAsked(string input, int count) =>
        Assert.Equal(count, Views.Good($$"""{"model":"m","input":{{input}}}""", Operation.Embeddings).InputCount);

    [Theory]
    [InlineData("null", "missing_required_parameter", "input")]
    [InlineData("\"\"", "empty_string", "input")]
    [InlineData("[]", "empty_array", "input")]
    [InlineData("5", "invalid_type", "input")]
    [InlineData("{\"text\":\"a\"}", "invalid_type", "input")]
    [InlineData("[\"a\",\"\"]", "empty_string", "input[1]")]
    [InlineData("[\"a\",5]", "invalid_type", "input[1]")]
    [InlineData("[5,\"a\"]", "invalid_type", "input[1]")]
    [InlineData("[\"a\",null]", "invalid_type", "input[1]")]
    [InlineData("[\"a\",[1]]", "invalid_type", "input[1]")]
    [InlineData("[[1],\"a\"]", "invalid_type", "input[1]")]
    [InlineData("[{}]", "invalid_type", "input[0]")]
    [InlineData("[true]", "invalid_type", "input[0]")]
    [InlineData("[1,-2]", "invalid_type", "input[1]")]
    [InlineData("[1,2.5]", "invalid_type", "input[1]")]
    [InlineData("[99999999999]", "invalid_type", "input[0]")]
    [InlineData("[[1],[]]", "empty_array", "input[1]")]
    [InlineData("[[1],[2,\"x\"]]", "invalid_type", "input[1][1]")]
    [InlineData("[[1],[2,[3]]]", "invalid_type", "input[1][1]")]
    public void BadInput_IsNamed(string input, string code, string param) =>
        Views.Fails($$"""{"model":"m","input":{{input}}}""", code, param, Operation.Embeddings);

    [Fact]
    public void Input_IsRequired() => Views.Fails("""{"model":"m","prompt":"x"}""", "missing_required_parameter", "input", Operation.Embeddings);

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    public void Input_HoldsAtMost2048Texts(int count, bool accepted)
    {
        var error = Views.Read($$"""{"model":"m","input":[{{string.Join(',', Enumerable.Repeat("\"a\"", count))}}]}""", Operation.Embeddings);
        Assert.Equal(accepted, error is null);
        Assert.Equal(accepted ? null : "array_above_max_length", error?.Detail);
    }

    [Fact]
    public void OneTextOfTokens_MayBeLongerThan2048() =>
        Assert.Equal(1, Views.Good($$"""{"model":"m","input":[{{string.Join(',', Enumerable.Repeat("7", 5000))}}]}""", Operation.Embeddings).InputCount);

    [Theory]
    [InlineData("null", false)]
    [InlineData("\"float\"", false)]
    [InlineData("\"base64\"", true)]
    public void EncodingFormat_IsRead(string value, bool base64) =>
        Assert.Equal(base64, Views.Good($$"""{"model":"m","input":"x","encoding_format":{{value}}}""", Operation.Embeddings).Base64Embeddings);

    [Theory]
    [InlineData("\"hex\"")]
    [InlineData("5")]
    [InlineData("[]")]
    public void AnUnknownEncodingFormat_IsRefused(string value) =>
        Views.Fails($$"""{"model":"m","input":"x","encoding_format":{{value}}}""", "invalid_value", "encoding_format", Operation.Embeddings);

    [Theory]
    [InlineData("0", "integer_below_min_value")]
    [InlineData("1.5", "invalid_type")]
    public void Dimensions_AreAtLeastOne(string value, string code) =>
        Views.Fails($$"""{"model":"m","input":"x","dimensions":{{value}}}""", code, "dimensions", Operation.Embeddings);

    /// <summary>Embeddings do not stream: the field means nothing there and must not change how the answer is read.</summary>
    [Fact]
    public void Stream_MeansNothingForEmbeddings() =>
        Assert.False(Views.Good("""{"model":"m","input":"x","stream":true}""", Operation.Embeddings).Stream);

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"text\"")]
    [InlineData("[\"a\",\"\"]")]
    [InlineData("[1,2]")]
    [InlineData("[[1],[2]]")]
    public void Prompt_MayBeTextsOrTokens(string prompt) => Views.Good($$"""{"model":"m","prompt":{{prompt}}}""", Operation.Completion);

    [Theory]
    [InlineData("null", "missing_required_parameter", "prompt")]
    [InlineData("[]", "empty_array", "prompt")]
    [InlineData("{}", "invalid_type", "prompt")]
    [InlineData("[\"a\",1]", "invalid_type", "prompt[1]")]
    public void ABadPrompt_IsNamed(string prompt, string code, string param) =>
        Views.Fails($$"""{"model":"m","prompt":{{prompt}}}""", code, param, Operation.Completion);
}
