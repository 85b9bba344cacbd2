using System.Security.Cryptography;
using System.Text;

namespace LlmGateway.Api.Docs;

/// <summary>
/// The page that reads the OpenAPI document to people: one HTML file with style, script and document inside. Its policy names script
/// and style by their hash, so nothing else can run, and lets it call only the server it came from.
/// </summary>
internal static class ReaderPage
{
    private static readonly string[] Styles = ["base.css", "layout.css", "parts.css"];

    private static readonly string[] Scripts = ["dom.js", "text.js", "schema.js", "samples.js", "stream.js", "tryit.js", "operations.js", "page.js"];

    /// <param name="openApi">The document as JSON in which <c>&lt;</c> is escaped, as System.Text.Json does unless told otherwise.</param>
    public static (string Html, string ContentSecurityPolicy) Build(string openApi)
    {
        var style = string.Concat(Styles.Select(Read));
        var script = $"(() => {{\n\"use strict\";\n{string.Concat(Scripts.Select(Read))}}})();\n";
        var html = EmbeddedText.Read("Reader/index.html")
            .Replace("{{style}}", style, StringComparison.Ordinal)
            .Replace("{{script}}", script, StringComparison.Ordinal)
            .Replace("{{openapi}}", openApi, StringComparison.Ordinal);
        var policy = string.Join("; ",
            "default-src 'none'",
            $"script-src '{Hash(script)}'",
            $"style-src '{Hash(style)}'",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'");
        return (html, policy);
    }

    // Browsers hash what they parsed, and parsing turns CRLF into LF: a checkout with CRLF must not change the hash.
    private static string Read(string name) => EmbeddedText.Read($"Reader/{name}").ReplaceLineEndings("\n");

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
}
