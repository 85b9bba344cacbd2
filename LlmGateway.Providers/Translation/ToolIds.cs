using System.Security.Cryptography;
using System.Text;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// The ids of the tool calls in a conversation, in a form that another API takes: letters, digits, <c>_</c> and <c>-</c>, each once. Other
/// providers give ids such as <c>functions.Bash:0</c> (Moonshot), empty ones (Gemini) or the same one again in each turn. Ids that are good
/// stay as they are, different ones stay different, and a result finds its call.
/// </summary>
/// <param name="longest">The most characters that the API takes.</param>
internal sealed class ToolIds(int longest)
{
    private const string Nameless = "call";

    private const int HashLength = 8;

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Queue<string>> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _last = new(StringComparer.Ordinal);

    /// <summary>The calls of a new turn begin: results that come now are theirs.</summary>
    public void BeginTurn() => _open.Clear();

    /// <summary>The id of a call that was told as this.</summary>
    public string OfCall(string told)
    {
        var good = Good(told);
        var id = good;
        for (var number = 2; !_used.Add(id); number++)
        {
            id = Join(good, FormattableString.Invariant($"{number}"));
        }

        if (!_open.TryGetValue(told, out var open))
        {
            _open.Add(told, open = new Queue<string>());
        }

        open.Enqueue(id);
        _last[told] = id;
        return id;
    }

    /// <summary>The id of the call whose result was told as this one's: of several the first that has none yet.</summary>
    public string OfResult(string told) =>
        _open.TryGetValue(told, out var open) && open.TryDequeue(out var id) ? id
        : _last.TryGetValue(told, out var last) ? last
        : Good(told);

    /// <summary>Whether a name or id has only characters that the APIs take, and not too many.</summary>
    public static bool IsGood(string text, int longest) => text.Length > 0 && text.Length <= longest && text.All(IsGood);

    private static bool IsGood(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    private string Good(string told)
    {
        if (told.Length == 0 || IsGood(told, longest))
        {
            return told.Length == 0 ? Nameless : told;
        }

        var clean = string.Concat(told.Select(c => IsGood(c) ? c : '_'));
        return Join(clean, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(told)))[..HashLength]);
    }

    private string Join(string id, string end) => string.Concat(id.AsSpan(0, Math.Min(id.Length, longest - end.Length - 1)), "_", end);
}
