using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>Tool calls, whose pieces servers do not always number as they should.</summary>
internal sealed partial class AnswerNode
{
    /// <summary>
    /// The tool call of this identity. Gemini gives the same number to each of several calls: one with another id, or one that is named anew when
    /// the one before is complete, is a call of its own.
    /// </summary>
    public AnswerNode Call(in ItemIdentity identity, ref int grown)
    {
        var number = identity.Index is { } told && _moved?.TryGetValue(told, out var moved) == true ? moved : identity.Index;
        if (number is { } known && _items?.TryGetValue(known, out var item) == true && item.IsOther(identity))
        {
            number = _highestItem + 1;
            (_moved ??= [])[identity.Index!.Value] = number.Value;
        }

        return Item(number, identity.HasId, ref grown);
    }

    /// <summary>What is told belongs to another call than this one.</summary>
    private bool IsOther(in ItemIdentity identity)
    {
        var hasId = Find("id"u8) is { Kind: AnswerNodeKind.Raw, IsEmpty: false };
        if (identity.HasId && hasId && Find("id"u8)!.IsText(identity.Id))
        {
            return false;
        }

        var arguments = Find("function"u8)?.Find("arguments"u8);
        return identity.HasId && hasId
            ? identity.HasName || arguments?.IsWholeObject() == true
            : identity.HasName && identity.HasArguments && Find("function"u8)?.Find("name"u8) is { IsEmpty: false } && arguments?.IsWholeObject() == true;
    }

    /// <summary>The text is a JSON object from its first brace to its last.</summary>
    private bool IsWholeObject()
    {
        if (Kind != AnswerNodeKind.Text || _length < 3)
        {
            return false;
        }

        try
        {
            using var text = JsonDocument.Parse((byte[])[.. _bytes.AsSpan(0, _length), (byte)'"']);
            using var held = JsonDocument.Parse(text.RootElement.GetString()!);
            return held.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
