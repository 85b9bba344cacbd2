using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmGateway.Core.Protocol;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;

namespace LlmGateway.Api.Tests.Streaming;

/// <summary>A stream put together is the whole answer to the same request.</summary>
public sealed class AnswerAssemblerTests : IAsyncLifetime
{
    private const string Tools = """
        "tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"array","items":{"type":"integer"}}},"required":["city","days"]}}},{"type":"function","function":{"name":"stock_price"}}]
        """;

    private SimulatorServer _simulator = null!;
    private HttpClient _http = null!;

    public static TheoryData<string, string> ChatRequests => new()
    {
        { "Why is the sky blue 🌈?", "" },
        { "!echo Hé \"you\" \\ 😀 \u0001\n\ttabs", "" },
        { "!echo", "" },
        { "!words 300", "\"max_tokens\":250" },
        { "Tell me something", "\"n\":3,\"max_tokens\":20" },
        { "!echo é b 😀", "\"logprobs\":true,\"top_logprobs\":3" },
        { "Say it twice", "\"n\":2,\"logprobs\":true,\"max_tokens\":5" },
        { "weather in Paris", Tools },
        { "weather in \"Paris\" and the stock of \"ACME\"", Tools },
        { "weather in Rome and the stock of 😀", Tools + ",\"n\":2" },
        { "Nothing of that kind", Tools + ",\"tool_choice\":\"required\"" },
        { "weather", Tools + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"get_weather\"}}" },
        { "Give me a person", """
            "response_format":{"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}}}
            """ },
        { "Think about it", "\"reasoning_effort\":\"high\"" },
    };

    public async Task InitializeAsync()
    {
        _simulator = await SimulatorServer.StartAsync();
        _simulator.Models.Put(new() { Name = "sim-small", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 1_000_000 });
        _http = new HttpClient { BaseAddress = _simulator.BaseAddress };
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _simulator.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(ChatRequests))]
    public async Task Chat_IsTheWholeAnswer(string prompt, string more)
    {
        var request = $$"""{"model":"sim-small","seed":7,"messages":[{"role":"user","content":{{JsonSerializer.Serialize(prompt)}}}]{{(more.Length > 0 ? "," + more : "")}}""";
        var assembled = await CompareAsync("v1/chat/completions", request);
        OpenAISchemas.AssertValid("CreateChatCompletionResponse", assembled);
    }

    [Theory]
    [InlineData("\"prompt\":\"Once upon a time\"")]
    [InlineData("\"prompt\":[\"One\",\"Two 😀\"],\"n\":2,\"max_tokens\":9")]
    [InlineData("\"prompt\":\"Echo this\",\"echo\":true,\"logprobs\":2,\"max_tokens\":4")]
    public async Task TextCompletion_IsTheWholeAnswer(string more)
    {
        var assembled = await CompareAsync("v1/completions", $$"""{"model":"sim-small","seed":7,{{more}}""");
        OpenAISchemas.AssertValid("CreateCompletionResponse", assembled);
    }

    /// <param name="path">Of the endpoint.</param>
    /// <param name="request">The request without its closing brace.</param>
    private async Task<string> CompareAsync(string path, string request)
    {
        var whole = await PostAsync(path, request + "}");
        var stream = await PostAsync(path, request + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        var assembler = new AnswerAssembler();
        var events = stream[..^2].Split("\n\n").Select(e => e["data: ".Length..]).ToList();
        Assert.Equal("[DONE]", events[^1]);
        foreach (var chunk in events.SkipLast(1))
        {
            Assert.True(assembler.Add(Encoding.UTF8.GetBytes(chunk)));
        }

        var output = new ArrayBufferWriter<byte>();
        assembler.Write(output);
        var assembled = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.True(JsonNode.DeepEquals(Normal(whole), Normal(assembled)), $"Whole:     {whole}\nAssembled: {assembled}");
        Assert.InRange(assembler.ApproximateLength, assembled.Length / 2, (assembled.Length * 2) + 500);
        return assembled;
    }

    /// <summary>Without what no two answers share.</summary>
    private static JsonNode Normal(string answer)
    {
        var node = JsonNode.Parse(answer)!;
        Assert.True(node.AsObject().Remove("id"));
        Assert.True(node.AsObject().Remove("created"));
        foreach (var call in node["choices"]!.AsArray().SelectMany(choice => choice?["message"]?["tool_calls"]?.AsArray() ?? []))
        {
            Assert.StartsWith("call_", call!["id"]!.GetValue<string>(), StringComparison.Ordinal);
            call.AsObject().Remove("id");
        }

        return node;
    }

    private async Task<string> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }
}
