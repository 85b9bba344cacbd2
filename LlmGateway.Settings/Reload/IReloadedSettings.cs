namespace LlmGateway.Settings.Reload;

/// <summary>Settings that take effect while running. Who has such settings adds itself to the <see cref="SettingsReloader"/>.</summary>
public interface IReloadedSettings
{
    /// <summary>What is wrong with the settings as they are now that only a running process can say: everything else has been checked.</summary>
    IEnumerable<string> Mistakes();

    /// <summary>Reads the settings as they are now, which are good, and changes nothing yet.</summary>
    /// <returns>What takes them over; null when nothing changed.</returns>
    Action? Prepare();
}
