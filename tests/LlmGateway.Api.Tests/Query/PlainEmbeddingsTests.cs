using System.Text;
using LlmGateway.Api.Query;

namespace LlmGateway.Api.Tests.Query;

public sealed class PlainEmbeddingsTests(PlainFixture fixture) : IClassFixture<PlainFixture>
{
    [Fact]
    public async Task OneText_BecomesOneVector()
    {
        var answer = await fixture.AskAsync("/embeddings", """{"text":"hello","provider":"second","user_id":"u"}""");
        Assert.Equal(["embeddings", "model", "provider", "dimensions"], answer.EnumerateObject().Select(p => p.Name));
        var vector = answer.GetProperty("embeddings").EnumerateArray().Select(v => v.GetDouble()).ToArray();
        Assert.Equal(answer.GetProperty("dimensions").GetInt32(), vector.Length);
        Assert.Equal(("second", "sim-embed"), (answer.GetProperty("provider").GetString(), answer.GetProperty("model").GetString()));
    }

    [Fact]
    public async Task AListOfTexts_BecomesAListOfVectors_InTheirOrder()
    {
        var one = await fixture.AskAsync("/embeddings", """{"text":"hello","model":"sim-embed"}""");
        var two = await fixture.AskAsync("/embeddings", """{"text":["world","hello"],"model":"sim-embed"}""");
        var single = await fixture.AskAsync("/embeddings", """{"text":["hello"],"provider":"auto"}""");
        Assert.Equal(2, two.GetProperty("embeddings").GetArrayLength());
        Assert.Equal(one.GetProperty("embeddings").GetRawText(), two.GetProperty("embeddings")[1].GetRawText());
        Assert.Equal(one.GetProperty("embeddings").GetRawText(), single.GetProperty("embeddings")[0].GetRawText());
    }

    [Theory]
    [InlineData("{}", "missing_required_parameter", "text")]
    [InlineData("""{"text":""}""", "empty_string", "text")]
    [InlineData("""{"text":[]}""", "empty_array", "text")]
    [InlineData("""{"text":["a",""]}""", "empty_string", "text[1]")]
    [InlineData("""{"text":["a",1]}""", "invalid_type", "text[1]")]
    [InlineData("""{"text":5}""", "invalid_type", "text")]
    [InlineData("""{"text":"x","input":"x"}""", "unknown_parameter", "input")]
    public async Task AMistake_IsTold_WithItsField(string body, string code, string? param)
    {
        using var response = await fixture.Client.PostAsync("/embeddings", Json.Content(body));
        var problem = await ProblemAssert.IsAsync(response, 400, code, param);
        Assert.Contains($"'{param}'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"data":[{"index":1,"embedding":[3,4]},{"embedding":[1,2.5],"index":0}]}""", "[1,2.5][3,4]")]
    [InlineData("""{"data":[{"embedding":[1]},{"embedding":[2]}]}""", "[1][2]")]
    [InlineData("""{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}]}""", null)]
    [InlineData("""{"data":[{"index":0,"embedding":[]}]}""", null)]
    [InlineData("""{"data":[{"index":0,"embedding":"AAAA"}]}""", null)]
    [InlineData("""{"data":[{"index":0,"embedding":[1,"x"]}]}""", null)]
    public void Vectors_AreTakenInTheOrderOfTheirIndex(string answer, string? vectors)
    {
        var bytes = Encoding.UTF8.GetBytes(answer);
        var found = AnswerVectors.Read(bytes);
        Assert.Equal(vectors, found is null ? null : string.Concat(found.Select(v => Encoding.UTF8.GetString(bytes, v.Range.Start, v.Range.Length))));
    }
}
