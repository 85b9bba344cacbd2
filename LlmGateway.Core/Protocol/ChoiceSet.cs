namespace LlmGateway.Core.Protocol;

/// <summary>Choices by their index. The first 128, OpenAI's most for one prompt, need no memory of their own; several prompts have more.</summary>
internal struct ChoiceSet
{
    /// <summary>Indexes from here on are no choice of any request.</summary>
    public const int Limit = 1 << 20;

    private const int Few = 128;

    private UInt128 _few;
    private ulong[]? _many;

    public int Count { get; private set; }

    public readonly bool IsEmpty => Count == 0;

    public readonly bool Contains(int index) => index < Few
        ? (_few & (UInt128.One << index)) != 0
        : _many is not null && index / 64 < _many.Length && (_many[index / 64] & (1ul << (index % 64))) != 0;

    public void Add(int index)
    {
        if (Contains(index))
        {
            return;
        }

        Count++;
        if (index < Few)
        {
            _few |= UInt128.One << index;
            return;
        }

        if (_many is null || index / 64 >= _many.Length)
        {
            Array.Resize(ref _many, Math.Max((index / 64) + 1, 2 * (_many?.Length ?? 0)));
        }

        _many[index / 64] |= 1ul << (index % 64);
    }

    public void Remove(int index)
    {
        if (!Contains(index))
        {
            return;
        }

        Count--;
        if (index < Few)
        {
            _few &= ~(UInt128.One << index);
        }
        else
        {
            _many![index / 64] &= ~(1ul << (index % 64));
        }
    }

    /// <summary>Every choice here is one of the others too.</summary>
    public readonly bool IsWithin(in ChoiceSet others)
    {
        if ((_few & ~others._few) != 0)
        {
            return false;
        }

        for (var i = 0; i < _many?.Length; i++)
        {
            var known = others._many is not null && i < others._many.Length ? others._many[i] : 0;
            if ((_many[i] & ~known) != 0)
            {
                return false;
            }
        }

        return true;
    }
}
