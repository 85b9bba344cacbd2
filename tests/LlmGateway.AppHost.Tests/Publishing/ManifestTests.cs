using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmGateway.AppHost.Tests.Publishing;

/// <summary>The manifest that azd and others read.</summary>
public sealed partial class ManifestTests : IAsyncLifetime, IDisposable
{
    private readonly Publisher _publisher = new();
    private JsonElement _resources;

    public async Task InitializeAsync()
    {
        await _publisher.WriteManifestAsync();
        _resources = JsonDocument.Parse(_publisher.Read("manifest.json")).RootElement.GetProperty("resources");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _publisher.Dispose();

    [Fact]
    public void EveryReference_LeadsToSomething()
    {
        var references = References(_resources).ToArray();
        Assert.Contains("postgres-password.value", references);
        Assert.Contains("rabbitmq.bindings.tcp.host", references);
        Assert.DoesNotContain(references, reference => !Leads(reference));
    }

    [Fact]
    public void EverySecret_IsAnInput_OfLettersAndDigits()
    {
        string[] secrets = ["api-key", "webhook-signing-key", "redis-password", "postgres-password", "rabbitmq-password"];
        Assert.All(secrets, secret =>
        {
            var input = _resources.GetProperty(secret).GetProperty("inputs").GetProperty("value");
            Assert.True(input.GetProperty("secret").GetBoolean());
            var generated = input.GetProperty("default").GetProperty("generate");
            // Connection strings and addresses take it as it is: no character in it may mean something there.
            Assert.False(generated.GetProperty("special").GetBoolean());
            Assert.InRange(generated.GetProperty("minLength").GetInt32(), 22, 100);
        });
    }

    [Fact]
    public void TheKey_IsTheParameterAlone()
    {
        Assert.Equal("{api-key.value}", Environment("api").GetProperty("LLM_GATEWAY__Authentication__Keys__apphost__Key").GetString());
    }

    [Theory]
    [InlineData("api", true)]
    [InlineData("worker", true)]
    [InlineData("model-manager", false)]
    [InlineData("system-monitor", false)]
    public void WhoWritesToTheDatabase_KeepsItsJournalWhereAContainerCanWrite(string service, bool expected)
    {
        Assert.Equal(expected, Environment(service).TryGetProperty("LLM_GATEWAY__Database__Writer__JournalDirectory", out var folder));
        Assert.Equal(expected ? "/tmp/llm-gateway-journal" : null, expected ? folder.GetString() : null);
    }

    private JsonElement Environment(string service) => _resources.GetProperty(service).GetProperty("env");

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => Reference().Matches(element.GetString()!).Select(match => match.Groups[1].Value),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => References(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    /// <summary>A binding's host, port and address are given by whoever deploys; everything else has to stand in the manifest.</summary>
    private bool Leads(string reference)
    {
        var at = _resources;
        var steps = reference.Split('.');
        foreach (var step in steps.Length > 2 && steps[1] == "bindings" ? steps.Take(3) : steps)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(step, out at))
            {
                return false;
            }
        }

        return true;
    }

    [GeneratedRegex(@"\{([a-z0-9-]+(\.\w+)+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
