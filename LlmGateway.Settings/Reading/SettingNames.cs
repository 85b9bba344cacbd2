namespace LlmGateway.Settings.Reading;

/// <summary>Names that may stand at the top of a setting's path.</summary>
public static class SettingNames
{
    public static bool IsKnown(string name) => SectionNames.All.Contains(name, StringComparer.OrdinalIgnoreCase) || SectionNames.IsVariable(name);

    /// <summary>The known name that was probably meant; null when none is near.</summary>
    public static string? Near(string name) => NearName.Find(name, SectionNames.All);
}
