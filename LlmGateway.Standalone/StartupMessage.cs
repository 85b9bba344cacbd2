using System.Text;
using LlmGateway.Core.Routing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LlmGateway.Standalone;

/// <summary>What a newcomer reads first: which models there are, whether they are real, and lines to paste.</summary>
internal static class StartupMessage
{
    /// <summary>The Simulator's fastest chat model, for a first impression without waiting.</summary>
    private const string QuickSimulatedModel = "sim-small";

    /// <summary>Asks every provider for its models, then prints.</summary>
    public static async Task PrintAsync(WebApplication app)
    {
        var directory = app.Services.GetRequiredService<ModelDirectory>();
        await directory.RefreshAsync(app.Lifetime.ApplicationStopping);
        Console.WriteLine(Write(Address(app), directory.Current, app.Services.GetService<ApiKeyFile>()));
    }

    private static string Address(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            .Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)
            .Replace("[::]", "127.0.0.1", StringComparison.Ordinal);

    private static string Write(string address, ModelSnapshot models, ApiKeyFile? keyFile)
    {
        var text = new StringBuilder();
        text.AppendLine().Append(models.Models.Count > 0 ? "LlmGateway is ready: " : "LlmGateway runs, but NO MODEL CAN BE USED: ")
            .Append(address).Append("/v1   documentation: ").Append(address).AppendLine("/docs").AppendLine();
        ProviderLines.Write(text, models);
        if (keyFile is not null)
        {
            text.Append(keyFile.IsNew ? "A new API key was made; " : "Your API key ").Append(keyFile.IsNew ? "it lies in " : "lies in ")
                .Append(keyFile.Path).AppendLine(" (readable by you alone).");
        }

        WriteExamples(text, address, models, keyFile is null ? "$LLM_GATEWAY_KEY" : $"$(cat '{keyFile.Path}')", keyFile is null);
        return text.ToString();
    }

    private static void WriteExamples(StringBuilder text, string address, ModelSnapshot models, string key, bool askForKey)
    {
        var chat = (models.Find(QuickSimulatedModel) ?? models.Models.FirstOrDefault(m => !IsEmbedding(m.Name)))?.Name;
        var embedding = models.Models.FirstOrDefault(m => IsEmbedding(m.Name))?.Name;
        text.AppendLine().AppendLine("Try it:").AppendLine();
        if (askForKey)
        {
            text.AppendLine("  export LLM_GATEWAY_KEY=…   # one of the keys you configured").AppendLine();
        }

        if (chat is not null)
        {
            WriteCurl(text, "curl", $"{address}/v1/chat/completions", key, $$"""{"model":"{{chat}}","messages":[{"role":"user","content":"Why is the sky blue?"}]}""");
            WriteCurl(text, "curl -N", $"{address}/v1/chat/completions", key, $$"""{"model":"{{chat}}","stream":true,"messages":[{"role":"user","content":"Why is the sky blue?"}]}""");
        }

        if (embedding is not null)
        {
            WriteCurl(text, "curl", $"{address}/v1/embeddings", key, $$"""{"model":"{{embedding}}","input":"The sky is blue."}""");
        }

        if (chat is null && embedding is null)
        {
            WriteCurl(text, "curl", $"{address}/v1/models", key, null);
        }

        text.Append("Stop with Ctrl+C.");
    }

    private static void WriteCurl(StringBuilder text, string curl, string url, string key, string? body)
    {
        text.Append("  ").Append(curl).Append(' ').Append(url).Append(" -H \"Authorization: Bearer ").Append(key).Append('"');
        if (body is not null)
        {
            text.Append(" -H 'Content-Type: application/json' -d '").Append(body).Append('\'');
        }

        text.AppendLine().AppendLine();
    }

    /// <summary>Model lists do not say what a model is for; names of embedding models do.</summary>
    private static bool IsEmbedding(string name) =>
        name.Contains("embed", StringComparison.OrdinalIgnoreCase) || name.StartsWith("bge-", StringComparison.OrdinalIgnoreCase)
        || name.Contains("minilm", StringComparison.OrdinalIgnoreCase);
}
