using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// Anthropic's <c>usage</c>. Its <c>input_tokens</c> are only those that no cache had to do with; OpenAI's count all. A stream tells it
/// twice: what the later one leaves out holds on.
/// </summary>
internal struct AnthropicUsage
{
    private long? _input;
    private long? _output;
    private long? _cacheRead;
    private long? _cacheCreation;
    private long? _thinking;

    /// <summary>Null when nothing was told.</summary>
    public readonly TokenUsage? Usage => _input is null && _output is null
        ? null
        : new TokenUsage(Prompt, _output ?? 0) { CachedTokens = _cacheRead ?? 0, ReasoningTokens = _thinking ?? 0 };

    private readonly long Prompt => (_input ?? 0) + (_cacheRead ?? 0) + (_cacheCreation ?? 0);

    /// <summary>Takes the object that the reader stands on.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                ReadCount(ref reader, ref _input);
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                ReadCount(ref reader, ref _output);
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                ReadCount(ref reader, ref _cacheRead);
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                ReadCount(ref reader, ref _cacheCreation);
            }
            else if (reader.ValueTextEquals("output_tokens_details"u8))
            {
                ReadDetails(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    /// <summary>Takes what the other tells and this does not.</summary>
    public void Update(in AnthropicUsage later)
    {
        _input = later._input ?? _input;
        _output = later._output ?? _output;
        _cacheRead = later._cacheRead ?? _cacheRead;
        _cacheCreation = later._cacheCreation ?? _cacheCreation;
        _thinking = later._thinking ?? _thinking;
    }

    /// <summary>Writes OpenAI's <c>usage</c>; <c>cache_creation_tokens</c>, which cost more than others, is an extension.</summary>
    public readonly void Write(PooledBuffer output)
    {
        output.Write(",\"usage\":{\"prompt_tokens\":"u8);
        output.WriteNumber(Prompt);
        output.Write(",\"completion_tokens\":"u8);
        output.WriteNumber(_output ?? 0);
        output.Write(",\"total_tokens\":"u8);
        output.WriteNumber(Prompt + (_output ?? 0));
        output.Write(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
        output.WriteNumber(_cacheRead ?? 0);
        output.Write(",\"cache_creation_tokens\":"u8);
        output.WriteNumber(_cacheCreation ?? 0);
        output.Write("}"u8);
        if (_thinking is { } thinking)
        {
            output.Write(",\"completion_tokens_details\":{\"reasoning_tokens\":"u8);
            output.WriteNumber(thinking);
            output.Write("}"u8);
        }

        output.Write("}"u8);
    }

    private void ReadDetails(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("thinking_tokens"u8))
            {
                ReadCount(ref reader, ref _thinking);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private static void ReadCount(ref Utf8JsonReader reader, ref long? count)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value >= 0)
        {
            count = value;
            return;
        }

        reader.Skip();
    }
}
