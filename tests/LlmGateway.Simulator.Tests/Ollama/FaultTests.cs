using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Ollama;

/// <summary>Faults strike on this wire as on the other. The answer without faults has 4 lines.</summary>
public sealed class FaultTests : OllamaTest
{
    private static readonly string Stream = Chat("!echo a b c");

    private Task<RawAnswer> AskAsync(string fault) =>
        RawHttp.PostAsync(Server.BaseAddress, "/api/chat", Stream, $"x-simulator-fault: {fault}\r\n", TimeSpan.FromSeconds(1));

    [Theory]
    [InlineData("status;code=503;retry=2", "HTTP/1.1 503 Service Unavailable", "{\"error\":\"Simulated fault (status;code=503;retry=2).\"}")]
    [InlineData("error-body", "HTTP/1.1 200 OK", "{\"error\":\"Simulated fault (error-body).\"}")]
    [InlineData("html", "HTTP/1.1 200 OK", "<!DOCTYPE html>")]
    public async Task Replacements_ComeInsteadOfTheAnswer(string fault, string line, string body)
    {
        var answer = await AskAsync(fault);
        Assert.StartsWith(line, answer.Head, StringComparison.Ordinal);
        Assert.StartsWith(body, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-done")]
    [InlineData("no-finish")]
    public async Task MissingEnd_LeavesACleanBodyWithoutDone(string fault)
    {
        var answer = await AskAsync(fault);
        Assert.True(answer.BodyIsComplete);
        Assert.Equal(3, Lines(answer.Body).Count);
        Assert.DoesNotContain("\"done\":true", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cut;after=2", ConnectionEnd.Closed, 2)]
    [InlineData("reset;after=1", ConnectionEnd.Reset, 1)]
    [InlineData("stall;after=2", ConnectionEnd.TimedOut, 2)]
    public async Task Breaks_StrikeBetweenLines(string fault, ConnectionEnd end, int lines)
    {
        var answer = await AskAsync(fault);
        Assert.Equal(end, answer.End);
        Assert.False(answer.BodyIsComplete);
        Assert.Equal(lines, answer.Body.Count(c => c == '\n'));
    }

    [Fact]
    public async Task ErrorLineAndHalfALine_ComeWithinTheStream()
    {
        Assert.Equal("{\"error\":\"Simulated fault (error-event).\"}", Lines((await AskAsync("error-event;after=2")).Body)[^1]);
        Assert.DoesNotContain("}", Lines((await AskAsync("malformed;after=1")).Body)[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task FaultsByModelName_SurviveTheDefaultTag()
    {
        var answer = await RawHttp.PostAsync(Server.BaseAddress, "/api/chat", Chat("!echo a b c", model: "sim-small+cut-after-1:latest"));
        Assert.Single(answer.Body.TrimEnd('\n').Split('\n'));
        Assert.False(answer.BodyIsComplete);
    }
}
