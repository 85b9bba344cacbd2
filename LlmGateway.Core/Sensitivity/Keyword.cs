using System.Globalization;
using LlmGateway.Core.Sensitivity.Text;

namespace LlmGateway.Core.Sensitivity;

/// <summary>A configured word or phrase.</summary>
/// <param name="Text">As it is looked for: cleaned like the texts it is looked for in.</param>
/// <param name="Weight">What it counts, from 0 to 1.</param>
/// <param name="Plural">Also found with an <c>s</c> behind it.</param>
internal sealed record Keyword(string Text, double Weight, bool Plural)
{
    /// <summary>Reads <c>phrase</c> or <c>phrase=weight</c>; null when nothing is left to look for. What follows the last <c>=</c> and is no number belongs to the phrase.</summary>
    public static Keyword? Parse(string setting, double weight, double everydayWeight)
    {
        var text = setting;
        double? own = null;
        var equals = setting.LastIndexOf('=');
        if (equals > 0 && double.TryParse(setting.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var written))
        {
            (text, own) = (setting[..equals], written);
        }

        var cleaned = text.ToCharArray();
        text = new string(cleaned, 0, TextCleaner.Clean(cleaned)).Trim();
        if (!text.Any(char.IsLetterOrDigit))
        {
            return null;
        }

        var everyday = SensitivityOptions.IsEveryday(text);
        return new Keyword(text, own ?? (everyday ? everydayWeight : weight), everyday);
    }
}
