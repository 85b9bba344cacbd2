using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Tests.Jobs;

public sealed class JobRequestTests
{
    private const string Rest = "\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"null stream\"}]";

    [Theory]
    [InlineData("{%}", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},%}")]
    [InlineData(" \n{ %}", " \n{\"stream\":true,\"stream_options\":{\"include_usage\":true}, %}")]
    [InlineData("{%,\"stream\":true}", "{\"stream_options\":{\"include_usage\":true},%,\"stream\":true}")]
    [InlineData("{\"stream\":null,%}", "{\"stream_options\":{\"include_usage\":true},\"stream\":true,%}")]
    [InlineData("{\"stream\" : null ,%,\"stream_options\":null}", "{\"stream\" : true ,%,\"stream_options\":{\"include_usage\":true}}")]
    [InlineData("{\"stream_options\":null,%,\"stre\\u0061m\":null}", "{\"stream_options\":{\"include_usage\":true},%,\"stre\\u0061m\":true}")]
    [InlineData("{%,\"stream_options\":null}", "{\"stream\":true,%,\"stream_options\":{\"include_usage\":true}}")]
    [InlineData("{%,\"stream\":true,\"stream_options\":{}}", "{%,\"stream\":true,\"stream_options\":{}}")]
    [InlineData("{%,\"stream\":false}", "{%,\"stream\":false}")]
    [InlineData("{%,\"stream\":false,\"stream_options\":null}", "{%,\"stream\":false,\"stream_options\":null}")]
    [InlineData("{\"metadata\":{\"stream\":false},%}", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"metadata\":{\"stream\":false},%}")]
    public void AChat_IsAskedForAsAStream_UnlessItsClientSaysOtherwise(string request, string expected)
    {
        var view = Read(JobKind.Chat, request.Replace("%", Rest, StringComparison.Ordinal));
        Assert.Equal(expected.Replace("%", Rest, StringComparison.Ordinal), Encoding.UTF8.GetString(view.Body.Span));
        Assert.Equal(!expected.Contains(",\"stream\":false", StringComparison.Ordinal), view.Stream);
    }

    [Fact]
    public void EmbeddingsStayAsTheyAre()
    {
        const string Request = """{"model":"m","input":"a"}""";
        Assert.Equal(Request, Encoding.UTF8.GetString(Read(JobKind.Embeddings, Request).Body.Span));
    }

    [Fact]
    public void Progress_HasAModelsUsualLengthAsItsMeasure()
    {
        var lengths = new OutputLengths();
        Assert.Equal(200, lengths.Expected("m"));
        lengths.Note("m", 100);
        Assert.Equal(100, lengths.Expected("m"));
        lengths.Note("m", 200);
        Assert.Equal(120, lengths.Expected("m"));
        for (var i = 0; i < 2000; i++)
        {
            lengths.Note($"other {i}", 7);
        }

        lengths.Note("m", 120);
        Assert.Equal((120, 200), (lengths.Expected("m"), lengths.Expected("other 1999")));
    }

    private static RequestView Read(JobKind kind, string request)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (view, error) = JobRequest.Read(
            new Job { Id = "job_1", Kind = kind, Model = "m", Request = Encoding.UTF8.GetBytes(request), QueueAt = now, RunAfter = now, CreatedAt = now });
        Assert.Null(error);
        return view!;
    }
}
