using System.Globalization;
using System.Text;

namespace LlmGateway.Simulator.Engine;

/// <summary>
/// A string that matches a simple regular expression: literals, escapes \d \w \s, classes, groups, alternatives (the first
/// is taken), the quantifiers ? * + {m,n} and anchors. Anything else (look-around, back references) is not understood.
/// </summary>
internal sealed class PatternInstance
{
    private readonly string _pattern;
    private readonly int _extra;
    private readonly int _variation;
    private int _at;

    private PatternInstance(string pattern, int extra, int variation)
    {
        _pattern = pattern;
        _extra = extra;
        _variation = variation;
    }

    /// <param name="extra">How many repetitions beyond the least every open quantifier gives, for minLength.</param>
    /// <param name="variation">Which members of classes are taken.</param>
    /// <returns>Null when the pattern is beyond this generator.</returns>
    public static string? TryMake(string pattern, int extra, int variation)
    {
        var parser = new PatternInstance(pattern, extra, variation);
        try
        {
            var text = parser.Alternatives();
            return parser._at == pattern.Length ? text : null;
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private string Alternatives()
    {
        var first = Sequence();
        while (_at < _pattern.Length && _pattern[_at] == '|')
        {
            _at++;
            Sequence();
        }

        return first;
    }

    private string Sequence()
    {
        var text = new StringBuilder();
        while (_at < _pattern.Length && _pattern[_at] is not ('|' or ')'))
        {
            var start = _at;
            var atom = Atom(0);
            var (min, max) = Quantifier();
            var count = (int)Math.Min(Math.Min((long)min + _extra, Math.Max(max, min)), 4096);
            var end = _at;
            for (var i = 0; i < count; i++)
            {
                // The atom is read again for each repetition, so that classes vary over it.
                _at = start;
                text.Append(i == 0 ? atom : Atom(i));
            }

            _at = end;
        }

        return text.ToString();
    }

    private string Atom(int place)
    {
        var c = _pattern[_at++];
        switch (c)
        {
            case '^' or '$':
                return "";
            case '.':
                return Letter(place);
            case '[':
                return Class(place);
            case '\\':
                return Escape(place);
            case '(':
                if (_pattern[_at] == '?')
                {
                    if (_pattern[_at + 1] != ':') throw new FormatException();
                    _at += 2;
                }

                var text = Alternatives();
                if (_pattern[_at++] != ')') throw new FormatException();
                return text;
            case '*' or '+' or '?' or '{':
                throw new FormatException();
            default:
                return c.ToString();
        }
    }

    private string Escape(int place)
    {
        var c = _pattern[_at++];
        return c switch
        {
            'd' => Pick("1234567890", place),
            'w' => Letter(place),
            's' => " ",
            'D' => Letter(place),
            'S' => Letter(place),
            'W' => "-",
            't' => "\t",
            'n' => "\n",
            'r' => "\r",
            'b' => "",
            _ when char.IsLetterOrDigit(c) => throw new FormatException(),
            _ => c.ToString(),
        };
    }

    private string Class(int place)
    {
        var negated = _pattern[_at] == '^';
        if (negated) _at++;
        var members = new StringBuilder();
        for (var first = true; first || _pattern[_at] != ']'; first = false)
        {
            var low = ClassMember(members);
            if (low is null) continue;
            if (_pattern[_at] == '-' && _pattern[_at + 1] != ']')
            {
                _at++;
                var high = ClassMember(members) ?? throw new FormatException();
                for (var c = low.Value; c <= high && members.Length < 4096; c++) members.Append(c);
            }
            else
            {
                members.Append(low.Value);
            }
        }

        _at++;
        var set = members.ToString();
        if (!negated) return Pick(set, place);
        var others = string.Concat(Enumerable.Range(0, 94).Select(i => (char)(33 + ((i + 64) % 94))).Where(c => !set.Contains(c)));
        return Pick(others, place);
    }

    /// <summary>One character, or null when a whole set such as \d was added.</summary>
    private char? ClassMember(StringBuilder members)
    {
        var c = _pattern[_at++];
        if (c != '\\') return c;
        c = _pattern[_at++];
        switch (c)
        {
            case 'd':
                members.Append("0123456789");
                return null;
            case 'w':
                members.Append("abcdefghijklmnopqrstuvwxyz0123456789_");
                return null;
            case 's':
                members.Append(' ');
                return null;
            case 't':
                return '\t';
            case 'n':
                return '\n';
            default:
                return char.IsLetterOrDigit(c) ? throw new FormatException() : c;
        }
    }

    private (int Min, int Max) Quantifier()
    {
        if (_at >= _pattern.Length) return (1, 1);
        var result = (1, 1);
        switch (_pattern[_at])
        {
            case '?': result = (0, 1); _at++; break;
            case '*': result = (0, int.MaxValue); _at++; break;
            case '+': result = (1, int.MaxValue); _at++; break;
            case '{':
                var close = _pattern.IndexOf('}', _at);
                if (close < 0) throw new FormatException();
                var parts = _pattern[(_at + 1)..close].Split(',');
                var min = int.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture);
                result = (min, parts.Length == 1 ? min : parts[1].Length == 0 ? int.MaxValue : int.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture));
                _at = close + 1;
                break;
            default: return result;
        }

        if (_at < _pattern.Length && _pattern[_at] == '?') _at++;
        return result;
    }

    private string Letter(int place) => Pick("abcdefghijklmnopqrstuvwxyz", place);

    private string Pick(string set, int place) =>
        set.Length == 0 ? throw new FormatException() : set[(int)(((long)(_variation & 0xFFFF) + place) % set.Length)].ToString();
}
