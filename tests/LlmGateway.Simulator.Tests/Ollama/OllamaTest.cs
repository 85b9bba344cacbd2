using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmGateway.Simulator.Tests.Ollama;

/// <summary>Calls to the Ollama wire, and its answers with times and durations made comparable.</summary>
public abstract partial class OllamaTest : SimulatorTest
{
    protected async Task<JsonElement> OkAsync(string path, string body)
    {
        var (status, text) = await PostAsync(path, body);
        Assert.True(status == 200, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The error's text.</summary>
    protected async Task<string?> RefusedAsync(string path, string body, int status)
    {
        var (got, text) = await PostAsync(path, body);
        Assert.True(got == status, $"{got} {text}");
        var root = JsonDocument.Parse(text).RootElement;
        Assert.Equal(["error"], root.EnumerateObject().Select(m => m.Name));
        return root.GetProperty("error").GetString();
    }

    protected static List<string> Lines(string body)
    {
        Assert.EndsWith("\n", body, StringComparison.Ordinal);
        return [.. body[..^1].Split('\n').Select(Comparable)];
    }

    protected static string Comparable(string line) =>
        Duration().Replace(CreatedAt().Replace(line, "\"created_at\":\"T\""), m => m.Value[..(m.Value.LastIndexOf(':') + 1)] + "1");

    [GeneratedRegex("\"created_at\":\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,7})?Z\"")]
    private static partial Regex CreatedAt();

    [GeneratedRegex("\"(total|load|prompt_eval|eval)_duration\":[1-9]\\d*")]
    private static partial Regex Duration();
}
