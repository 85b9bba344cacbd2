using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// A request for embeddings, cut into the calls that its model takes (source: AWS's documentation, "Amazon Titan Embeddings Text" and "Cohere
/// Embed"). Cohere's <c>input_type</c> is an extension; it is <c>search_document</c> when left out. Nothing is shortened: a text that is too long is
/// refused by the model.
/// </summary>
internal sealed class EmbeddingsRequest : IDisposable
{
    private readonly JsonDocument _document;
    private readonly List<JsonElement> _texts = [];
    private int _sent;

    private EmbeddingsRequest(JsonDocument document, EmbeddingFamily family)
    {
        _document = document;
        Family = family;
    }

    public EmbeddingFamily Family { get; }

    /// <summary>The length of vectors that was asked for; null for the model's own.</summary>
    public long? Dimensions { get; private set; }

    /// <summary>Texts of the call that was written last.</summary>
    public int Count { get; private set; }

    public bool IsDone => _sent == _texts.Count;

    /// <summary>Exactly one of the two results is set.</summary>
    public static (EmbeddingsRequest? Request, GatewayError? Error) Read(ProviderCall call)
    {
        var family = EmbeddingModels.FamilyOf(call.Model);
        if (family == EmbeddingFamily.None)
        {
            return (null, FieldPolicy.Unsupported("model", "Embeddings at Bedrock are made by Titan's text models and Cohere's: ask one of those."));
        }

        var request = new EmbeddingsRequest(JsonDocument.Parse(call.View.Body, JsonText.DocumentOptions), family);
        if (request.Fill() is not { } error)
        {
            return (request, null);
        }

        request.Dispose();
        return (null, error);
    }

    /// <summary>Writes the body of the next call.</summary>
    public void WriteNext(PooledBuffer output)
    {
        Count = Math.Min(EmbeddingModels.Batch(Family), _texts.Count - _sent);
        using var json = new Utf8JsonWriter(output, JsonText.WriterOptions);
        json.WriteStartObject();
        if (Family is EmbeddingFamily.Cohere or EmbeddingFamily.Cohere4)
        {
            WriteCohere(json);
        }
        else
        {
            json.WriteRaw("inputText"u8, _texts[_sent]);
            if (Dimensions is { } dimensions)
            {
                json.WriteNumber("dimensions"u8, dimensions);
            }
        }

        json.WriteEndObject();
        _sent += Count;
    }

    public void Dispose() => _document.Dispose();

    private void WriteCohere(Utf8JsonWriter json)
    {
        json.WriteStartArray("texts"u8);
        for (var i = 0; i < Count; i++)
        {
            json.WriteRawValue(JsonText.Raw(_texts[_sent + i]), skipInputValidation: true);
        }

        json.WriteEndArray();
        if (JsonText.TryGet(_document.RootElement, "input_type"u8, out var type))
        {
            json.WriteRaw("input_type"u8, type);
        }
        else
        {
            json.WriteString("input_type"u8, "search_document"u8);
        }

        json.WriteString("truncate"u8, "NONE"u8);
        json.WriteStartArray("embedding_types"u8);
        json.WriteStringValue("float"u8);
        json.WriteEndArray();
        if (Dimensions is { } dimensions)
        {
            json.WriteNumber("output_dimension"u8, dimensions);
        }
    }

    private GatewayError? Fill()
    {
        var root = _document.RootElement;
        var input = root.GetProperty("input"u8);
        if (input.ValueKind == JsonValueKind.Array)
        {
            _texts.AddRange(input.EnumerateArray());
        }
        else
        {
            _texts.Add(input);
        }

        if (_texts.Exists(t => t.ValueKind != JsonValueKind.String))
        {
            return FieldPolicy.Unsupported("input", "Models at Bedrock take texts, not tokens: 'input' must be a string or an array of strings.");
        }

        if (JsonText.TryGet(root, "dimensions"u8, out var dimensions))
        {
            Dimensions = dimensions.GetInt64();
        }

        return Dimensions is null || EmbeddingModels.TakesDimensions(Family)
            ? null
            : FieldPolicy.Unsupported("dimensions", "This model's embeddings have one length: leave out 'dimensions'.");
    }
}
