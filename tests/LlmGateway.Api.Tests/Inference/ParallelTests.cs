using System.Globalization;

namespace LlmGateway.Api.Tests.Inference;

public class ParallelTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task TwoHundredRequestsAtOnce_NeverMix()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(AskAsync));
        Assert.All(answers, a => Assert.Equal(a.Sent, a.Received));
        await fixture.QuietAsync();
        Assert.Empty(fixture.Gateway.Errors);
    }

    private async Task<(string Sent, string? Received)> AskAsync(int number)
    {
        // Texts of different lengths, so that an answer written over another would show.
        var text = string.Create(CultureInfo.InvariantCulture, $"<{number}> ") + string.Concat(Enumerable.Repeat($"päck-{number}-😀 ", 1 + (number * 7 % 60))) + $"</{number}>";
        var model = number % 3 == 0 ? "sim-paced" : "best";
        var stream = number % 2 == 0;
        if (model == "sim-paced")
        {
            text = text[..Math.Min(text.Length, 40)].TrimEnd('\ud83d');
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, Json.ChatPath)
        {
            Content = Json.Content(stream ? Json.ChatStream("!echo " + text, model) : Json.Chat("!echo " + text, model)),
        };
        request.Headers.Add("x-request-id", $"parallel-{number}");
        using var response = await fixture.Client.SendAsync(request);
        Assert.Equal($"parallel-{number}", Assert.Single(response.Headers.GetValues("x-request-id")));
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        if (!stream)
        {
            return (text, Json.ContentOf(body));
        }

        var sse = SseText.Parse(body);
        Assert.True(sse.IsDone, body);
        return (text, sse.Content());
    }
}
