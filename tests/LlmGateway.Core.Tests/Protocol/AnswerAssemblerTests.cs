using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Protocol;

public sealed class AnswerAssemblerTests
{
    private static string Assemble(params ReadOnlySpan<string> chunks)
    {
        var assembler = new AnswerAssembler();
        foreach (var chunk in chunks)
        {
            assembler.Add(Encoding.UTF8.GetBytes(chunk));
        }

        return Written(assembler);
    }

    private static string Written(AnswerAssembler assembler)
    {
        var output = new ArrayBufferWriter<byte>();
        assembler.Write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Delta(string delta, string finish = "null") =>
        $$"""{"id":"c-1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finish}}}]}""";

    private static JsonElement Message(params ReadOnlySpan<string> deltas)
    {
        var assembler = new AnswerAssembler();
        foreach (var delta in deltas)
        {
            Assert.True(assembler.Add(Encoding.UTF8.GetBytes(Delta(delta))));
        }

        return JsonDocument.Parse(Written(assembler)).RootElement.GetProperty("choices")[0].GetProperty("message");
    }

    /// <summary>Gemini numbers every call 0; some servers repeat id and name with each piece, which is one call.</summary>
    [Theory]
    [InlineData("""{"index":0,"id":"c1","function":{"name":"weather","arguments":"{\"city\":\"London\"}"}}""", """{"index":0,"id":"c2","function":{"name":"time","arguments":"{\"tz\":\"UTC\"}"}}""", 2)]
    [InlineData("""{"index":0,"id":"c1","function":{"name":"weather","arguments":"{}"}}""", """{"index":0,"id":"c2","function":{"name":"weather","arguments":"{}"}}""", 2)]
    [InlineData("""{"index":0,"id":"","function":{"name":"weather","arguments":"{\"city\":\"London\"}"}}""", """{"index":0,"id":"","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}""", 2)]
    [InlineData("""{"index":0,"id":"c1","function":{"name":"weather","arguments":"{\"city\":"}}""", """{"index":0,"id":"c1","function":{"name":"weather","arguments":"\"London\"}"}}""", 1)]
    [InlineData("""{"index":0,"id":"c1","function":{"name":"weather","arguments":"{\"city\":"}}""", """{"index":0,"id":"x2","function":{"arguments":"\"London\"}"}}""", 1)]
    [InlineData("""{"index":0,"function":{"name":"weather","arguments":"{\"city\":"}}""", """{"index":0,"function":{"name":"weather","arguments":"\"London\"}"}}""", 1)]
    public void CallsUnderOneNumber_AreToldApart(string first, string second, int calls)
    {
        var message = Message($$"""{"tool_calls":[{{first}}]}""", $$"""{"tool_calls":[{{second}}]}""");
        var made = message.GetProperty("tool_calls").EnumerateArray().ToArray();
        Assert.Equal(calls, made.Length);
        Assert.All(made, c => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(c.GetProperty("function").GetProperty("arguments").GetString()!).RootElement.ValueKind));
    }

    /// <summary>What goes on after a second call under the same number belongs to that one.</summary>
    [Fact]
    public void PiecesOfACallUnderATakenNumber_FindIt()
    {
        var message = Message(
            """{"tool_calls":[{"index":0,"id":"c1","function":{"name":"a","arguments":"{}"}}]}""", """{"tool_calls":[{"index":0,"id":"c2","function":{"name":"b","arguments":"{\"x\":"}}]}""",
            """{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}""", """{"tool_calls":[{"index":1,"id":"c3","function":{"name":"c","arguments":"{}"}}]}""");
        Assert.Equal(
            ["c1 a {}", "c2 b {\"x\":1}", "c3 c {}"],
            message.GetProperty("tool_calls").EnumerateArray().Select(c => $"{c.GetProperty("id")} {c.GetProperty("function").GetProperty("name")} {c.GetProperty("function").GetProperty("arguments")}"));
    }

    private static void AssertJson(string expected, string actual)
    {
        using var wanted = JsonDocument.Parse(expected);
        using var got = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(wanted.RootElement, got.RootElement), $"Expected {expected}\nActual   {actual}");
    }

    [Fact]
    public void Text_IsOpenAIsWholeAnswer()
    {
        var answer = Assemble(
            Delta("""{"role":"assistant","content":"","refusal":null}"""),
            Delta("""{"content":"Hé "}"""),
            Delta("""{"content":"\"you\""}"""),
            Delta("{}", "\"stop\""),
            """{"id":"c-1","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""");
        AssertJson(
            """{"id":"c-1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hé \"you\"","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}""",
            answer);
        OpenAISchemas.AssertValid("CreateChatCompletionResponse", answer);
    }

    [Fact]
    public void ToolCalls_JoinByIndexAndKeepTheirNames()
    {
        var message = Message(
            """{"role":"assistant","content":""}""",
            """{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"second","arguments":""}}]}""",
            """{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"first","arguments":"{\"x\""}}]}""",
            """{"tool_calls":[{"index":0,"id":"","type":"function","function":{"name":"first","arguments":":1}"}},{"index":1,"function":{"arguments":"{}"}}]}""");
        AssertJson(
            """{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"first","arguments":"{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"second","arguments":"{}"}}],"refusal":null,"annotations":[]}""",
            message.GetRawText());
    }

    [Fact]
    public void ToolCalls_WithoutIndexBeginWithTheirId()
    {
        var calls = Message(
            """{"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{"}}]}""",
            """{"tool_calls":[{"function":{"arguments":"}"}}]}""",
            """{"tool_calls":[{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}""").GetProperty("tool_calls");
        AssertJson(
            """[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]""",
            calls.GetRawText());
    }

    [Fact]
    public void Content_StaysBesideToolCalls()
    {
        var message = Message("""{"content":"I look."}""", """{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}""");
        Assert.Equal("I look.", message.GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("\\ud83e", "\\udd8a")]
    [InlineData("a\\uD83E", "\\uDD8Ab")]
    public void SurrogatePair_CutOverChunksJoins(string first, string second)
    {
        var text = Message($$"""{"content":"{{first}}"}""", $$"""{"content":"{{second}}"}""").GetProperty("content").GetString();
        Assert.Contains("🦊", text, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownFields_Survive()
    {
        var answer = Assemble(
            """{"id":"","object":"chat.completion.chunk","model":"","prompt_filter_results":[{"prompt_index":0}],"choices":[],"vendor":{"id":"v"}}""",
            """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"default","obfuscation":"xxxx","choices":[{"index":0,"delta":{"reasoning_content":"be","thought":{"signature":"x"},"mood":"gl","steps":[1]},"stop_reason":null,"finish_reason":null}]}""",
            """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","service_tier":null,"obfuscation":"x","choices":[{"index":0,"delta":{"reasoning_content":"cause","thought":{"signature":"y","n":2},"mood":"ad","steps":[2],"\u0061dded":true},"stop_reason":"eos","finish_reason":"stop"}],"vendor":{"seed":3}}""");
        AssertJson(
            """{"id":"c","object":"chat.completion","created":1,"model":"m","prompt_filter_results":[{"prompt_index":0}],"service_tier":"default","vendor":{"id":"v","seed":3},"choices":[{"index":0,"message":{"role":"assistant","content":null,"reasoning_content":"because","thought":{"signature":"xy","n":2},"mood":"glad","steps":[1,2],"added":true,"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop","stop_reason":"eos"}]}""",
            answer);
    }

    [Fact]
    public void ArraysOfNumberedPieces_JoinByIndex()
    {
        var details = Message(
            """{"reasoning_details":[{"type":"reasoning.text","text":"so ","format":"f1","index":0}]}""",
            """{"reasoning_details":[{"type":"reasoning.text","text":"what","format":"f1","index":0},{"type":"reasoning.text","text":"!","format":"f1","index":1}]}""").GetProperty("reasoning_details");
        AssertJson(
            """[{"type":"reasoning.text","text":"so what","format":"f1","index":0},{"type":"reasoning.text","text":"!","format":"f1","index":1}]""",
            details.GetRawText());
    }

    [Fact]
    public void Annotations_AppendAndContentPartsDoNotSwallowText()
    {
        var message = Message(
            """{"content":"a","annotations":[{"type":"url_citation","url_citation":{"url":"u1"}}]}""",
            """{"content":[{"type":"thinking","thinking":"t"}],"annotations":[{"type":"url_citation","url_citation":{"url":"u2"}}]}""",
            """{"content":"b"}""");
        Assert.Equal(2, message.GetProperty("annotations").GetArrayLength());
        AssertJson("""[{"type":"text","text":"a"},{"type":"thinking","thinking":"t"},{"type":"text","text":"b"}]""", message.GetProperty("content").GetRawText());
    }

    [Fact]
    public void Audio_IsOneTextOfBase64()
    {
        byte[][] pieces = [[1, 2, 3, 4], [5], [], [6, 7, 8, 9, 10, 11], [12, 13]];
        var deltas = pieces.Select(p => $$$"""{"audio":{"id":"a","data":"{{{Convert.ToBase64String(p)}}}"}}""").Append("""{"audio":{"transcript":"h"}}""")
            .Append("""{"audio":{"transcript":"i","expires_at":9}}""").ToArray();
        var message = Message(deltas);
        AssertJson($$"""{"id":"a","data":"{{Convert.ToBase64String([.. pieces.SelectMany(p => p)])}}","transcript":"hi","expires_at":9}""", message.GetProperty("audio").GetRawText());
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
        Assert.Equal("AQ==!?", Message("""{"audio":{"data":"AQ=="}}""", """{"audio":{"data":"!?"}}""").GetProperty("audio").GetProperty("data").GetString());
    }

    [Fact]
    public void Refusal_LeavesContentNull()
    {
        var message = Message("""{"role":"assistant","content":"","refusal":null}""", """{"refusal":"I "}""", """{"refusal":"can't."}""");
        Assert.Equal("I can't.", message.GetProperty("refusal").GetString());
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
    }

    [Fact]
    public void Logprobs_AppendPerChoiceInTheirOrder()
    {
        static string Chunk(int index, string token) =>
            $$$"""{"object":"chat.completion.chunk","choices":[{"index":{{{index}}},"delta":{"content":"{{{token}}}"},"logprobs":{"content":[{"token":"{{{token}}}"}],"refusal":null}}]}""";
        var choices = JsonDocument.Parse(Assemble(Chunk(1, "x"), Chunk(0, "a"), Chunk(1, "y"), Chunk(0, "b"))).RootElement.GetProperty("choices");
        Assert.Equal([0, 1], choices.EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
        AssertJson("""{"content":[{"token":"a"},{"token":"b"}],"refusal":null}""", choices[0].GetProperty("logprobs").GetRawText());
        Assert.Equal("xy", choices[1].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public void TextCompletion_JoinsTextAndLogprobs()
    {
        static string Chunk(string text, string finish) =>
            $$$"""{"id":"t","object":"text_completion","created":1,"model":"m","choices":[{"text":"{{{text}}}","index":0,"logprobs":{"tokens":["{{{text}}}"],"text_offset":[1]},"finish_reason":{{{finish}}}}]}""";
        var answer = Assemble(Chunk("a", "null"), Chunk("b", "\"stop\""));
        AssertJson(
            """{"id":"t","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"ab","logprobs":{"tokens":["a","b"],"text_offset":[1,1]},"finish_reason":"stop"}]}""",
            answer);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"choices":[{"delta":""")]
    [InlineData("not json")]
    [InlineData("{} {}")]
    public void WhatIsNoChunk_IsLeftOut(string chunk)
    {
        var assembler = new AnswerAssembler();
        assembler.Add(Encoding.UTF8.GetBytes(Delta("""{"content":"a"}""")));
        var before = Written(assembler);
        Assert.False(assembler.Add(Encoding.UTF8.GetBytes(chunk)));
        Assert.Equal(before, Written(assembler));
    }

    [Theory]
    [InlineData("""{"choices":7,"usage":[],"id":{}}""")]
    [InlineData("""{"choices":[1,null,{"index":"x","delta":[]},{"index":-5,"delta":"text","logprobs":3}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":{"a":1},"tool_calls":[1,{"index":2147483647},{"id":"z"}],"role":[],"refusal":{}}}],"object":null}""")]
    [InlineData("""{"choices":[{"delta":{"\ud800":1,"tool_calls":{"index":0},"\u0063ontent":"e"}}]}""")]
    public void OddShapes_StillGiveADocument(string chunk)
    {
        foreach (var chunks in new string[][] { [chunk], [chunk, chunk], [Delta("""{"content":"a","tool_calls":[{"index":0}]}"""), chunk, Delta("""{"content":"b","tool_calls":[{"index":0}]}""")] })
        {
            using var answer = JsonDocument.Parse(Assemble(chunks));
            Assert.Equal("chat.completion", answer.RootElement.GetProperty("object").GetString());
        }
    }

    [Fact]
    public void Write_MayBeCalledBetweenChunks()
    {
        var assembler = new AnswerAssembler();
        foreach (var text in new[] { "a", "b" })
        {
            assembler.Add(Encoding.UTF8.GetBytes(Delta($$"""{"content":"{{text}}","list":["{{text}}"]}""")));
            Assert.Equal(Written(assembler), Written(assembler));
        }

        Assert.Contains("\"ab\"", Written(assembler), StringComparison.Ordinal);
        Assert.Contains("""["a","b"]""", Written(assembler), StringComparison.Ordinal);
    }

    /// <summary>Counts bytes and not time: a busy machine must not decide.</summary>
    [Fact]
    public void ManyChunks_CostNoMoreThanTheirBytes()
    {
        var chunk = Encoding.UTF8.GetBytes(Delta("""{"content":"0123456789","tool_calls":[{"index":0,"function":{"arguments":"0123456789"}}]}"""));
        long Allocated(int chunks)
        {
            var assembler = new AnswerAssembler();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < chunks; i++)
            {
                assembler.Add(chunk);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.InRange(assembler.ApproximateLength, chunks * 20, (chunks * 20) + 1000);
            return allocated;
        }

        Allocated(10);
        // Two texts of 1 MB that doubled on their way: no more than 4 MB each.
        Assert.InRange(Allocated(100_000), 2_000_000, 8_500_000);
    }

    [Fact]
    public void ManyDifferentNames_StayLinear()
    {
        var assembler = new AnswerAssembler();
        var names = string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"n{i}\":\"v\""));
        assembler.Add(Encoding.UTF8.GetBytes(Delta("{" + names + "}")));
        assembler.Add(Encoding.UTF8.GetBytes(Delta("{" + names + "}")));
        using var answer = JsonDocument.Parse(Written(assembler));
        Assert.Equal("vv", answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("n49999").GetString());
        Assert.InRange(assembler.ApproximateLength, 500_000, 1_500_000);
    }
}
