namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>Letters of other scripts that look like Latin ones (a small part of Unicode's confusables.txt): a word that mixes them is read as Latin.</summary>
internal static class Confusables
{
    /// <summary>Lower-case letters in pairs: the letter, and what it looks like in lower or upper case.</summary>
    private const string Pairs =
        "аaвbеeкkмmнhоoрpсcтtуyхxіiїiјjѕsһhӏlԁdԛqԝwѵvεeαaβbηhιiκkνvοoρpτtυuχxγyζzμmɑaɡgıiոnօoսuհhցgզqⅰiⅼlⅽcⅾdⅿmⅴvⅹx";

    private static readonly Dictionary<char, char> Known = Read();

    /// <summary>The Latin letter for a lower-case letter that looks like one; else the letter itself.</summary>
    public static char Latin(char lower) => lower < 0x80 ? lower : Known.GetValueOrDefault(lower, lower);

    private static Dictionary<char, char> Read()
    {
        var known = new Dictionary<char, char>();
        for (var i = 0; i < Pairs.Length; i += 2)
        {
            known[Pairs[i]] = Pairs[i + 1];
        }

        return known;
    }
}
