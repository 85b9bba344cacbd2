using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Core.Sensitivity.Detectors;
using LlmGateway.Core.Sensitivity.Text;

namespace LlmGateway.Core.Tests.Sensitivity;

/// <summary>What detectors find in texts, and what classifiers say of requests.</summary>
internal static class Looking
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Names of the kinds that are found in the text, as a request would hold it.</summary>
    public static string[] Kinds(ISensitivityDetector detector, string text) =>
        [.. Findings(detector, text).Select(f => FindingKind.All[f.Kind].Name).Distinct()];

    public static Finding[] Findings(ISensitivityDetector detector, string text)
    {
        var findings = new FindingSet(16);
        var cleaned = text.ToCharArray();
        detector.Scan(cleaned.AsSpan(0, TextCleaner.Clean(cleaned)), findings);
        return findings.ToArray();
    }

    public static SensitivityClassifier Classifier(Action<SensitivityOptions>? change = null)
    {
        var options = new SensitivityOptions { Enabled = true };
        change?.Invoke(options);
        var result = new SensitivityOptionsValidator().Validate(null, options);
        Assert.True(result.Succeeded, result.FailureMessage);
        return new SensitivityClassifier(options);
    }

    /// <summary>A chat with one message.</summary>
    public static RequestView Chat(string content) => View($$"""{"model":"m","messages":[{"role":"user","content":{{JsonSerializer.Serialize(content, Plain)}}}]}""");

    /// <summary>A request that no validation has seen.</summary>
    public static RequestView View(string json, Operation operation = Operation.Chat) => new() { Operation = operation, Body = Encoding.UTF8.GetBytes(json) };

    public static SensitivityVerdict Classify(this SensitivityClassifier classifier, string content) => classifier.Classify(Chat(content));
}
