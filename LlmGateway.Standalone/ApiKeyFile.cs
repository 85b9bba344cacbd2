using System.Buffers.Text;
using System.Security.Cryptography;
using LlmGateway.Settings.Files;

namespace LlmGateway.Standalone;

/// <summary>The API key of a gateway on one's own machine: made on first start, kept in a file that only its owner can read.</summary>
/// <param name="Path">Where it is kept.</param>
/// <param name="Key">The key.</param>
/// <param name="IsNew">It was made just now.</param>
internal sealed record ApiKeyFile(string Path, string Key, bool IsNew)
{
    private const string FileName = "api-key";
    private const string Prefix = "sk-gw-";
    private const int RandomBytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the key, or makes it.</summary>
    /// <param name="directory">Null takes the user's folder for application data.</param>
    /// <exception cref="SettingsException">The file holds no key.</exception>
    public static ApiKeyFile Open(string? directory)
    {
        directory ??= DefaultDirectory();
        var path = System.IO.Path.Combine(directory, FileName);
        if (OperatingSystem.IsWindows())
        {
            // A user's profile is already closed to others.
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        }

        return File.Exists(path) ? Read(path) : Create(path);
    }

    private static ApiKeyFile Read(string path)
    {
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) != OwnerOnly)
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }

        var key = File.ReadAllText(path).Trim();
        return key.StartsWith(Prefix, StringComparison.Ordinal) && key.Length > Prefix.Length + RandomBytes / 2
            ? new ApiKeyFile(path, key, IsNew: false)
            : throw new SettingsException([$"{path} holds no API key. Delete it to have a new one made."]);
    }

    private static ApiKeyFile Create(string path)
    {
        var key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var writer = new StreamWriter(path, options))
        {
            writer.WriteLine(key);
        }

        return new ApiKeyFile(path, key, IsNew: true);
    }

    private static string DefaultDirectory()
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return System.IO.Path.Combine(string.IsNullOrEmpty(data) ? AppContext.BaseDirectory : data, "llm-gateway");
    }
}
