using LlmGateway.Providers.Ollama;
using LlmGateway.Providers.Tests.Translation;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Providers.Tests.Ollama;

/// <summary>A provider of the Ollama dialect whose upstream plays scripts.</summary>
public abstract class OllamaFixture : TranslationFixture
{
    protected const string Lines = "application/x-ndjson";

    /// <summary>The last line of a stream, with counts and durations.</summary>
    protected const string DoneLine =
        """{"model":"m","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":5043500667,"load_duration":5025959,"prompt_eval_count":26,"prompt_eval_duration":325953000,"eval_count":290,"eval_duration":4709213000}""" + "\n";

    /// <summary>What those become.</summary>
    protected const string Metrics =
        "\"usage\":{\"prompt_tokens\":26,\"completion_tokens\":290,\"total_tokens\":316},"
        + "\"timings\":{\"prompt_n\":26,\"prompt_ms\":325.953,\"predicted_n\":290,\"predicted_ms\":4709.213,\"load_ms\":5.026,\"total_ms\":5043.501}";

    protected OllamaFixture()
        : base(Lines, DoneLine.TrimEnd())
    {
    }

    public override Task InitializeAsync() => StartAsync("0.33.0");

    /// <summary>Makes the provider anew, and lets it find a server of this version.</summary>
    protected async Task StartAsync(string? version)
    {
        Options.BaseUrl = Server.BaseUrl;
        Provider = new OllamaProviderFactory(Time, NullLoggerFactory.Instance).Create("local", Options);
        if (version is not null)
        {
            Server.On("/api/version", $$"""{"version":"{{version}}"}""");
            Assert.Null(await Provider.ProbeAsync(CancellationToken.None));
        }
    }

    protected static string Line(string message) => $$"""{"model":"m","created_at":"2026-01-02T03:04:05.1Z","message":{"role":"assistant",{{message}}},"done":false}""" + "\n";
}
