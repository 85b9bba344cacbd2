using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Sensitivity.Detectors;
using LlmGateway.Core.Sensitivity.Text;

namespace LlmGateway.Core.Sensitivity;

/// <summary>Judges requests by one set of options. Immutable but for what it remembers.</summary>
internal sealed class SensitivityClassifier
{
    /// <summary>Shorter parts are looked at faster than found again, in bytes.</summary>
    private const int MinCached = 512;

    /// <summary>JSON within JSON: the arguments of a tool are one level, a document in them a second.</summary>
    private const int NestedLevels = 2;

    private static readonly SensitivityVerdict Unreadable = new(1, SecurityLevel.High, [FindingKind.UnreadableInput.Name]);

    private readonly ISensitivityDetector[] _detectors;
    private readonly SensitivityScore _score;
    private readonly FindingCache? _cache;
    private readonly int _keywords;

    public SensitivityClassifier(SensitivityOptions options)
    {
        Settings = PolicyText.Write(options);
        Keyword[] keywords = options.Detectors.Keywords ? [.. Keywords(options)] : [];
        _keywords = keywords.Length;
        _detectors = [.. Detectors(options, keywords)];
        _score = new SensitivityScore(options.Threshold, Weights(options), [.. keywords.Select(k => k.Weight)]);
        _cache = options.CacheEntries > 0 ? new FindingCache(options.CacheEntries) : null;
    }

    /// <summary>The settings as text, which jobs carry to where they run.</summary>
    public string Settings { get; }

    public SensitivityVerdict Classify(RequestView view)
    {
        var all = new FindingSet(_keywords);
        if (view.HasImages)
        {
            all.Add(FindingKind.Image);
        }

        using var text = new TextBuffer();
        try
        {
            ReadDocument(view.Body.Span, new Scan(text, new FindingSet(_keywords), all));
        }
        catch (JsonException)
        {
            // What the validation let pass and this does not understand is not known to be harmless.
            return Unreadable;
        }

        return _score.Judge(all.ToArray());
    }

    private void ReadDocument(ReadOnlySpan<byte> body, in Scan scan)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = int.MaxValue });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A request is an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            var isMessages = reader.ValueTextEquals("messages"u8);
            var isInput = reader.ValueTextEquals("prompt"u8) || reader.ValueTextEquals("input"u8);

            // The gateway replaces it; nobody outside sees what the client wrote.
            var isSeen = !reader.ValueTextEquals("model"u8);
            if (!IsParameterName(name))
            {
                ScanName(name, scan);
            }

            reader.Read();
            if (isMessages && reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    ScanPart(Slice(body, ref reader), PartRole.Message, scan);
                }

                continue;
            }

            var value = Slice(body, ref reader);
            if (isSeen)
            {
                ScanPart(value, isInput && value[0] == '[' ? PartRole.Tokens : PartRole.Value, scan);
            }
        }

        // Whatever follows the document has not been looked at.
        reader.Read();
    }

    /// <summary>The protocol's own names, such as <c>max_tokens</c>, are no content; any other may be.</summary>
    private static bool IsParameterName(ReadOnlySpan<byte> name)
    {
        foreach (var c in name)
        {
            if (c is not ((>= (byte)'a' and <= (byte)'z') or (byte)'_'))
            {
                return false;
            }
        }

        return true;
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> body, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }

    private void ScanName(ReadOnlySpan<byte> name, in Scan scan)
    {
        scan.Text.Start(name.Length);
        scan.Text.Append(name, TextCleaner.Separator);
        Detect(scan.Text, scan.All);
    }

    private void ScanPart(ReadOnlySpan<byte> part, PartRole role, in Scan scan)
    {
        if (_cache is null || part.Length < MinCached)
        {
            Look(part, role, scan.Text, scan.All);
            return;
        }

        var key = PartKey.Of(part, role);
        if (!_cache.TryGet(key, out var findings))
        {
            scan.Part.Clear();
            Look(part, role, scan.Text, scan.Part);
            findings = scan.Part.ToArray();
            _cache.Set(key, findings);
        }

        scan.All.Add(findings);
    }

    private void Look(ReadOnlySpan<byte> part, PartRole role, TextBuffer text, FindingSet findings)
    {
        PartReader.Read(part, role, text, findings);
        Detect(text, findings);
    }

    private void Detect(TextBuffer text, FindingSet findings)
    {
        for (var level = 0; level <= NestedLevels; level++)
        {
            foreach (var detector in _detectors)
            {
                detector.Scan(text.Written, findings);
            }

            // Both readings count: what looks like an escape may be a path, and what looks like a path an escape.
            if (!text.DecodeNested())
            {
                return;
            }
        }
    }

    private static IEnumerable<Keyword> Keywords(SensitivityOptions options) =>
        from setting in options.Keywords.Count > 0 ? options.Keywords : SensitivityOptions.BuiltInKeywords
        let keyword = Keyword.Parse(setting, options.KeywordWeight, options.EverydayKeywordWeight)
        where keyword is { Weight: > 0 }
        group keyword by keyword.Text.ToUpperInvariant() into same
        select same.MaxBy(k => k.Weight);

    private static IEnumerable<ISensitivityDetector> Detectors(SensitivityOptions options, Keyword[] keywords)
    {
        if (keywords.Length > 0)
        {
            yield return new KeywordDetector(keywords);
        }

        if (options.Detectors.Secrets)
        {
            yield return new SecretTokenDetector();
            yield return new JwtDetector();
            yield return new ConnectionStringDetector();
            yield return new CredentialDetector();
        }

        if (options.Detectors.HighEntropy)
        {
            yield return new HighEntropyDetector();
        }

        if (options.Detectors.PersonalData)
        {
            yield return new EmailDetector();
            yield return new PhoneDetector();
            yield return new CardDetector();
            yield return new IbanDetector();
        }

        if (options.NationalIds.Count > 0)
        {
            yield return new NationalIdDetector([.. options.NationalIds.Select(NationalIds.Find).OfType<NationalId>().Distinct()]);
        }
    }

    private static double[] Weights(SensitivityOptions options)
    {
        double[] weights = [.. FindingKind.All.Select(k => options.Weights.TryGetValue(k.Name, out var own) ? own : k.Weight)];
        weights[FindingKind.Image.Index] = options.TreatImagesAsSensitive ? weights[FindingKind.Image.Index] : 0;
        weights[FindingKind.UnreadableInput.Index] = options.TreatUnreadableAsSensitive ? weights[FindingKind.UnreadableInput.Index] : 0;
        return weights;
    }

    /// <summary>What one classification works with.</summary>
    /// <param name="Text">The text of the part at hand.</param>
    /// <param name="Part">What was found in the part at hand.</param>
    /// <param name="All">What was found in the request.</param>
    private readonly record struct Scan(TextBuffer Text, FindingSet Part, FindingSet All);
}
