namespace LlmGateway.Settings.Reading;

/// <summary>Which known name a mistyped one was meant to be.</summary>
internal static class NearName
{
    /// <summary>The nearest of <paramref name="known"/>; null when none is near.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        var near = known.Select(k => (Name: k, Distance: Distance(name, k)))
            .Where(k => k.Distance <= Math.Max(1, Math.Min(name.Length, k.Name.Length) / 3) || StartsAlike(name, k.Name))
            .OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal).ToArray();
        return near.Length == 0 ? null : near[0].Name;
    }

    /// <summary><c>Alias</c> for <c>Aliases</c>, <c>BaseUri</c> for <c>BaseUrl</c>.</summary>
    private static bool StartsAlike(string name, string known) =>
        Math.Min(name.Length, known.Length) >= 4
        && (known.StartsWith(name, StringComparison.OrdinalIgnoreCase) || name.StartsWith(known, StringComparison.OrdinalIgnoreCase));

    /// <summary>Letters to be changed, added, left out or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        a = a.ToUpperInvariant();
        b = b.ToUpperInvariant();
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                var changed = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(changed, 1 + Math.Min(d[i - 1, j], d[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
