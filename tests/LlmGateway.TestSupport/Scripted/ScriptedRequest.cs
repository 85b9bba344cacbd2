using System.Text;

namespace LlmGateway.TestSupport;

/// <summary>A request as it came over the wire.</summary>
/// <param name="Head">Request line and headers as they were sent, without the empty line.</param>
/// <param name="Body">The body, without the framing of a chunked one.</param>
public sealed record ScriptedRequest(string Head, ReadOnlyMemory<byte> Body)
{
    public string Method => Head.Split(' ', 2)[0];

    public string Path => Head.Split(' ', 3)[1];

    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The header's value; null when it was not sent.</summary>
    public string? Header(string name)
    {
        foreach (var line in Head.Split("\r\n").Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[..colon].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return line[(colon + 1)..].Trim();
            }
        }

        return null;
    }
}
