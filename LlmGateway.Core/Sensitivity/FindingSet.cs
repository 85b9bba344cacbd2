namespace LlmGateway.Core.Sensitivity;

/// <summary>One thing that was found.</summary>
/// <param name="Kind">Index of the <see cref="FindingKind"/>.</param>
/// <param name="Value">Tells it from others of its kind: the keyword's index, or a hash that holds for this process only.</param>
internal readonly record struct Finding(int Kind, int Value);

/// <summary>
/// What was found so far, each thing once. Of one kind no more than <see cref="MaxPerKind"/> are kept: more do not change a verdict,
/// and a text made of findings must cost no more than another. Keywords are all kept, because their weights differ.
/// </summary>
/// <param name="keywords">How many keywords there are.</param>
internal sealed class FindingSet(int keywords)
{
    public const int MaxPerKind = 16;

    private readonly int[] _values = new int[FindingKind.All.Count * MaxPerKind];
    private readonly byte[] _counts = new byte[FindingKind.All.Count];
    private readonly bool[] _keywords = new bool[keywords];
    private int _keywordCount;

    public bool IsFull(FindingKind kind) => kind == FindingKind.Keyword ? _keywordCount == _keywords.Length : _counts[kind.Index] == MaxPerKind;

    public void Add(FindingKind kind, ReadOnlySpan<char> value)
    {
        if (!IsFull(kind))
        {
            Add(kind.Index, string.GetHashCode(value));
        }
    }

    /// <summary>Notes something of which one is as good as many.</summary>
    public void Add(FindingKind kind) => Add(kind.Index, 0);

    public void AddKeyword(int index)
    {
        if (!_keywords[index])
        {
            _keywords[index] = true;
            _keywordCount++;
        }
    }

    public void Add(ReadOnlySpan<Finding> findings)
    {
        foreach (var finding in findings)
        {
            if (finding.Kind == FindingKind.Keyword.Index)
            {
                AddKeyword(finding.Value);
            }
            else
            {
                Add(finding.Kind, finding.Value);
            }
        }
    }

    public Finding[] ToArray()
    {
        List<Finding> findings = [];
        for (var index = 0; _keywordCount > 0 && index < _keywords.Length; index++)
        {
            if (_keywords[index])
            {
                findings.Add(new Finding(FindingKind.Keyword.Index, index));
            }
        }

        for (var kind = 0; kind < _counts.Length; kind++)
        {
            for (var i = 0; i < _counts[kind]; i++)
            {
                findings.Add(new Finding(kind, _values[kind * MaxPerKind + i]));
            }
        }

        return findings.Count == 0 ? [] : [.. findings];
    }

    public void Clear()
    {
        _counts.AsSpan().Clear();
        _keywords.AsSpan().Clear();
        _keywordCount = 0;
    }

    private void Add(int kind, int value)
    {
        var count = _counts[kind];
        if (count < MaxPerKind && !_values.AsSpan(kind * MaxPerKind, count).Contains(value))
        {
            _values[kind * MaxPerKind + count] = value;
            _counts[kind]++;
        }
    }
}
