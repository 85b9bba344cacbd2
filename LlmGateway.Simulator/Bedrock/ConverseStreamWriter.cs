using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>Writes the events of a stream: blocks one after the other, a delta per token. Only tool uses have an event that opens them.</summary>
internal sealed class ConverseStreamWriter(Exchange exchange)
{
    private int _index = -1;
    private int _token;
    private int _events;

    public bool IsOpen { get; private set; }

    public ValueTask StartAsync() =>
        WriteEventAsync(FrameKind.Start, "messageStart", 0, static (json, _) => json.WriteString("role"u8, "assistant"u8));

    public async ValueTask ThinkAsync(IReadOnlyList<string> thoughts)
    {
        await OpenAsync(null);
        foreach (var thought in thoughts) await DeltaAsync("reasoningContent", "text", thought, 1);
        await DeltaAsync("reasoningContent", "signature", Signature.Of(string.Concat(thoughts)), 0);
        await CloseAsync();
    }

    /// <param name="call">Null for text and thoughts.</param>
    public async ValueTask OpenAsync(ToolCall? call)
    {
        await CloseAsync();
        _index++;
        IsOpen = true;
        if (call is null) return;
        await WriteEventAsync(FrameKind.Content, "contentBlockStart", (_index, call), static (json, s) =>
        {
            json.WriteNumber("contentBlockIndex"u8, s._index);
            json.WriteStartObject("start"u8);
            json.WriteStartObject("toolUse"u8);
            json.WriteString("name"u8, s.call.Name);
            json.WriteString("toolUseId"u8, ConverseJson.IdOf(s.call));
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <param name="isInput">A piece of a tool's input, not of text.</param>
    /// <param name="text">The piece.</param>
    /// <param name="tokens">Tokens it stands for.</param>
    public ValueTask WriteAsync(bool isInput, string text, int tokens) =>
        isInput ? DeltaAsync("toolUse", "input", text, tokens) : DeltaAsync(null, "text", text, tokens);

    public async ValueTask CloseAsync()
    {
        if (!IsOpen) return;
        IsOpen = false;
        await WriteEventAsync(FrameKind.Content, "contentBlockStop", _index, static (json, index) => json.WriteNumber("contentBlockIndex"u8, index));
    }

    public ValueTask StopAsync(string reason) =>
        WriteEventAsync(FrameKind.Finish, "messageStop", reason, static (json, reason) => json.WriteString("stopReason"u8, reason));

    private async ValueTask DeltaAsync(string? union, string member, string text, int tokens)
    {
        await exchange.PaceAsync(_token);
        await WriteEventAsync(FrameKind.Content, "contentBlockDelta", (_index, union, member, text), static (json, s) =>
        {
            json.WriteNumber("contentBlockIndex"u8, s._index);
            json.WriteStartObject("delta"u8);
            if (s.union is not null) json.WriteStartObject(s.union);
            json.WriteString(s.member, s.text);
            if (s.union is not null) json.WriteEndObject();
            json.WriteEndObject();
        });
        exchange.CountTokens(tokens);
        _token += tokens;
    }

    private ValueTask WriteEventAsync<T>(FrameKind kind, string name, T state, Action<Utf8JsonWriter, T> write) =>
        exchange.WriteFrameAsync(kind, (state, write, _events++), static (json, s) =>
        {
            json.WriteStartObject();
            s.write(json, s.state);
            ConverseJson.WritePadding(json, s.Item3);
            json.WriteEndObject();
        }, name);
}
