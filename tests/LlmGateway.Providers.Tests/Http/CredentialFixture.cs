using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.OpenAI;

namespace LlmGateway.Providers.Tests.Http;

/// <summary>A provider with several keys whose upstream plays scripts.</summary>
public abstract class CredentialFixture : IAsyncLifetime
{
    protected const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
    protected const string AskStream = """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""";
    protected const string Answer = """{"choices":[{"index":0,"message":{"content":"y"},"finish_reason":"stop"}]}""";
    protected const string Chunk = """{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"stop"}]}""";

    protected ScriptedServer Server { get; } = new();

    protected ManualTimeProvider Time { get; } = new();

    protected ProviderOptions Options { get; } = new();

    /// <summary>What operators see by default.</summary>
    private protected RecordedLogs Logs { get; } = new();

    private protected AttemptCounter Counter { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Server.DisposeAsync();

    protected IModelProvider Make(params string[] keys)
    {
        Options.ApiKeys.AddRange(keys);
        Options.BaseUrl = Server.BaseUrl + "/v1";
        return new OpenAIProviderFactory(OpenAIProfile.OpenAI, "openai", Time, Logs).Create("up", Options);
    }

    protected ProviderCall Call(string ask, string? upstreamModel = null) => Calls.Chat(ask, upstreamModel) with { Attempts = Counter };

    protected Task<string> OkAsync(IModelProvider provider) => Calls.DocumentAsync(provider.ChatAsync(Call(Ask)));

    protected Task<GatewayError> ErrorAsync(IModelProvider provider, string ask = Ask) => Calls.ErrorAsync(provider.ChatAsync(Call(ask)));

    /// <summary>Two calls at most, until it is the turn of k1, which is refused then.</summary>
    protected async Task RefuseFirstAsync(IModelProvider provider)
    {
        for (var refused = false; !refused;)
        {
            Server.Then(c =>
            {
                refused = c.Request.Header("Authorization") == "Bearer k1";
                if (refused)
                {
                    Server.Then(Answer);
                }

                return c.SendAsync($"HTTP/1.1 {(refused ? 401 : 200)} X\r\nContent-Type: application/json\r\nContent-Length: {Answer.Length}\r\n\r\n{Answer}");
            });
            await OkAsync(provider);
        }
    }

    /// <summary>k1 rests for exactly this time from now.</summary>
    protected async Task RestsForAsync(IModelProvider provider, TimeSpan rest)
    {
        var before = Keys().Length;
        for (var i = 0; i < 3; i++)
        {
            Server.Then(Answer);
            await OkAsync(provider);
        }

        Time.Advance(rest - TimeSpan.FromTicks(1));
        Server.Then(Answer);
        await OkAsync(provider);
        Assert.DoesNotContain("k1", Keys().Skip(before));
        Time.Advance(TimeSpan.FromTicks(1));
    }

    /// <summary>Two calls, of which one uses this key.</summary>
    protected async Task UsedAsync(IModelProvider provider, string key)
    {
        Server.Then(Answer).Then(Answer);
        await OkAsync(provider);
        await OkAsync(provider);
        Assert.Contains(key, Keys().TakeLast(2));
    }

    protected string[] Keys() => [.. Server.Requests.Select(r => r.Header("Authorization")!["Bearer ".Length..])];

    private protected sealed class AttemptCounter : IAttemptCounter
    {
        public int Count { get; private set; }

        public void CountFurtherAttempt() => Count++;
    }
}
