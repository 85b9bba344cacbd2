using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Anthropic;

/// <summary>Writes the content blocks of a stream, one after the other, a delta per token; a ping follows the first opening.</summary>
internal sealed class BlockWriter(Exchange exchange)
{
    private int _index = -1;
    private int _token;
    private bool _hasPinged;

    public bool IsOpen { get; private set; }

    public async ValueTask ThinkAsync(IReadOnlyList<string> thoughts)
    {
        await OpenAsync(static (json, _) =>
        {
            json.WriteString("type"u8, "thinking"u8);
            json.WriteString("thinking"u8, ""u8);
            json.WriteString("signature"u8, ""u8);
        }, "");
        foreach (var thought in thoughts) await DeltaAsync("thinking_delta", "thinking", thought, 1);
        await DeltaAsync("signature_delta", "signature", Signature.Of(string.Concat(thoughts)), 0);
        await CloseAsync();
    }

    /// <param name="call">Null for text.</param>
    public async ValueTask OpenAsync(ToolCall? call)
    {
        await CloseAsync();
        if (call is null)
        {
            await OpenAsync(static (json, _) =>
            {
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, ""u8);
            }, "");
            return;
        }

        await OpenAsync(static (json, c) =>
        {
            json.WriteString("type"u8, "tool_use"u8);
            json.WriteString("id"u8, MessagesJson.IdOf(c));
            json.WriteString("name"u8, c.Name);
            json.WriteStartObject("input"u8);
            json.WriteEndObject();
        }, call);
    }

    /// <param name="isInput">A piece of a tool's input, not of text.</param>
    /// <param name="text">The piece.</param>
    /// <param name="tokens">Tokens it stands for.</param>
    public ValueTask WriteAsync(bool isInput, string text, int tokens) =>
        isInput ? DeltaAsync("input_json_delta", "partial_json", text, tokens) : DeltaAsync("text_delta", "text", text, tokens);

    public async ValueTask CloseAsync()
    {
        if (!IsOpen) return;
        IsOpen = false;
        await exchange.WriteFrameAsync(FrameKind.Content, _index, static (json, index) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "content_block_stop"u8);
            json.WriteNumber("index"u8, index);
            json.WriteEndObject();
        }, "content_block_stop");
    }

    private async ValueTask OpenAsync<T>(Action<Utf8JsonWriter, T> writeBlock, T state)
    {
        _index++;
        IsOpen = true;
        await exchange.WriteFrameAsync(FrameKind.Content, (_index, writeBlock, state), static (json, s) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "content_block_start"u8);
            json.WriteNumber("index"u8, s._index);
            json.WriteStartObject("content_block"u8);
            s.writeBlock(json, s.state);
            json.WriteEndObject();
            json.WriteEndObject();
        }, "content_block_start");
        if (_hasPinged) return;
        _hasPinged = true;
        await exchange.WriteFrameAsync(FrameKind.Content, 0, static (json, _) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "ping"u8);
            json.WriteEndObject();
        }, "ping");
    }

    private async ValueTask DeltaAsync(string type, string member, string text, int tokens)
    {
        await exchange.PaceAsync(_token);
        await exchange.WriteFrameAsync(FrameKind.Content, (_index, type, member, text), static (json, s) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "content_block_delta"u8);
            json.WriteNumber("index"u8, s._index);
            json.WriteStartObject("delta"u8);
            json.WriteString("type"u8, s.type);
            json.WriteString(s.member, s.text);
            json.WriteEndObject();
            json.WriteEndObject();
        }, "content_block_delta");
        exchange.CountTokens(tokens);
        _token += tokens;
    }
}
