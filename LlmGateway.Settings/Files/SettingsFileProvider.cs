using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace LlmGateway.Settings.Files;

/// <summary>
/// Reads a JSON file, and again when its content changes. Looked at and not watched: behind symbolic links, as Kubernetes mounts a
/// ConfigMap, a watcher sees nothing. A file that is gone or cannot be read keeps the values it had, and says so as <see cref="Fault"/>.
/// </summary>
internal sealed class SettingsFileProvider : ConfigurationProvider, IDisposable
{
    /// <summary>A content counts that was the same at two looks: an editor may write a file in several steps.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    private readonly SettingsFileSource _source;
    private readonly Lock _gate = new();
    private readonly Timer? _timer;
    private string? _taken;
    private string? _seen;
    private volatile string? _fault;

    public SettingsFileProvider(SettingsFileSource source)
    {
        _source = source;
        if (source.IsWatched)
        {
            _timer = new Timer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public string FileName => Path.GetFileName(_source.FilePath);

    /// <summary>Why the values are not those of the file; null when they are.</summary>
    public string? Fault => _fault;

    public override void Load()
    {
        lock (_gate)
        {
            if (_taken is null)
            {
                _taken = _seen = Content();
                Take(_taken, isFirst: true);
            }
        }

        _timer?.Change(LookInterval, LookInterval);
    }

    public void Dispose() => _timer?.Dispose();

    public override string ToString() => _source.FilePath;

    internal void Look()
    {
        // A look that takes long is not joined by the next.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            var content = Content();
            var isSettled = content == _seen;
            _seen = content;
            if (!isSettled || content == _taken)
            {
                return;
            }

            _taken = content;
            Take(content, isFirst: false);
        }
        finally
        {
            _gate.Exit();
        }

        OnReload();
    }

    private void Take(string content, bool isFirst)
    {
        switch (content[0])
        {
            case Missing when isFirst && _source.IsOptional:
                _fault = null;
                break;
            case Missing:
                // Nothing was said about the values; whoever wants them gone writes a file without them.
                _fault = isFirst || Data.Count > 0 ? $"{_source.FilePath} is missing{(isFirst ? "" : "; the settings it had stay in force")}." : null;
                break;
            case Unreadable:
                _fault = $"{_source.FilePath} cannot be read: {content[1..]}";
                break;
            default:
                Parse(content[1..]);
                break;
        }
    }

    private void Parse(string json)
    {
        try
        {
            Data = Parsed.Read(json);
            _fault = null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidDataException)
        {
            _fault = $"{_source.FilePath}{Place(e)}: {Reason(e)}";
        }
    }

    /// <summary>The first character says what the rest is.</summary>
    private string Content()
    {
        try
        {
            return Present + File.ReadAllText(_source.FilePath, Encoding.UTF8);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Missing.ToString();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Unreadable + e.Message;
        }
    }

    private static string Place(Exception e) => Syntax(e)?.LineNumber is { } line ? FormattableString.Invariant($", line {line + 1}") : "";

    private static string Reason(Exception e)
    {
        var message = (Syntax(e) ?? e).Message;
        var place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? message : message[..place];
    }

    private static JsonException? Syntax(Exception? e) => e as JsonException ?? (e is null ? null : Syntax(e.InnerException));

    private const char Present = '+';
    private const char Missing = '-';
    private const char Unreadable = '!';

    /// <summary>.NET's own reading of JSON: comments and commas at the end are allowed, names are joined by colons.</summary>
    private sealed class Parsed : JsonStreamConfigurationProvider
    {
        private Parsed(Stream stream)
            : base(new JsonStreamConfigurationSource { Stream = stream }) => Load();

        public static IDictionary<string, string?> Read(string json)
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
            return new Parsed(stream).Data;
        }
    }
}
