using LlmGateway.Contracts.Fleet;
using LlmGateway.ModelManager.Nodes;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;

namespace LlmGateway.ModelManager.Tests.Nodes;

/// <summary>What is learnt from a node that answers, and what is said of one that does not.</summary>
public class NodeClientTests
{
    private const string Version = """{"version":"0.12.6"}""";
    private const string Nothing = """{"models":[]}""";

    /// <summary>Long, where it is not itself what is tested: the machine may be busy.</summary>
    private static async Task<NodeAnswer> AskAsync(string url, TimeSpan? timeout = null)
    {
        using var client = new NodeClient(new Uri(url), timeout ?? TestTimeouts.Default, TimeProvider.System);
        return await client.AskAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task ANode_TellsItsModelsAndWhichAreLoaded()
    {
        var options = new SimulatorOptions
        {
            OllamaVersion = "0.12.6",
            Models =
            {
                new SimulatedModel { Name = "one:8b", Family = "llama", ParameterSize = "8.0B", SizeBytes = 5_000_000_000 },
                new SimulatedModel { Name = "two", SizeBytes = 100 },
            },
        };
        await using var node = await SimulatorServer.StartAsync(options);
        using var http = new HttpClient { BaseAddress = node.BaseAddress };
        using (await http.PostAsync("api/generate", new StringContent("""{"model":"one:8b","keep_alive":"10m"}""")))
        {
        }

        using (await http.PostAsync("api/generate", new StringContent("""{"model":"two","keep_alive":-1}""")))
        {
        }

        var answer = await AskAsync(node.BaseAddress.ToString());
        Assert.Null(answer.Error);
        Assert.Equal("0.12.6", answer.Version);
        Assert.Equal(["one:8b", "two:latest"], answer.Models.Select(m => m.Name));
        var one = answer.Models[0];
        Assert.Equal(
            new NodeModel("one:8b", 5_000_000_000, true)
            {
                VramBytes = 5_000_000_000, ExpiresAt = one.ExpiresAt, Family = "llama", ParameterSize = "8.0B", Quantization = "Q4_K_M",
            },
            one);
        Assert.InRange(one.ExpiresAt!.Value - DateTimeOffset.UnixEpoch, TimeSpan.FromDays(1), TimeSpan.MaxValue);
        Assert.True(answer.Models[1].Loaded);
        Assert.Null(answer.Models[1].ExpiresAt);
    }

    [Fact]
    public async Task APathBeforeTheApi_IsKept()
    {
        await using var node = new ScriptedServer().On("/ollama/api/version", Version).On("/ollama/api/tags", Nothing).On("/ollama/api/ps", Nothing);
        Assert.Null((await AskAsync(node.BaseUrl + "/ollama/")).Error);
    }

    [Theory]
    [InlineData("status;code=500", "It answered /api/version with status 500.")]
    [InlineData("html", "It answered /api/version with something that is no version.")]
    [InlineData("truncate", "It answered /api/version with something that is no version.")]
    [InlineData("reset", "The connection broke off before /api/version was answered whole.")]
    [InlineData("cut", "The connection broke off before /api/version was answered whole.")]
    public async Task AFault_IsTheReason(string fault, string reason)
    {
        await using var node = await SimulatorServer.StartAsync();
        node.Faults.Set("*", fault);
        var answer = await AskAsync(node.BaseAddress.ToString());
        Assert.Equal(reason, answer.Error);
        Assert.Empty(answer.Models);
    }

    [Theory]
    [InlineData("/api/tags", "[]", 200, "It answered /api/tags with something that is no list of models.")]
    [InlineData("/api/ps", "{\"models\":7}", 200, "It answered /api/ps with something that is no list of models.")]
    [InlineData("/api/ps", "404 page not found", 404, "It answered /api/ps with status 404.")]
    [InlineData("/api/tags", "", 302, "It answered /api/tags with status 302.")]
    public async Task GarbageInOneAnswer_IsTheReason(string path, string body, int status, string reason)
    {
        await using var node = new ScriptedServer().On("/api/version", Version).On("/api/tags", Nothing).On("/api/ps", Nothing).On(path, body, status);
        Assert.Equal(reason, (await AskAsync(node.BaseUrl)).Error);
    }

    [Theory]
    [InlineData("stall")]
    [InlineData("stall;bytes=3;after=0")]
    public async Task ASilentNode_IsGivenUpInTime(string fault)
    {
        await using var node = await SimulatorServer.StartAsync();
        node.Faults.Set("*", fault);
        var answer = await AskAsync(node.BaseAddress.ToString(), TimeSpan.FromMilliseconds(300));
        Assert.Equal("It did not answer /api/version within 0.3 s.", answer.Error);
    }

    [Fact]
    public async Task AnAnswerWithoutEnd_IsNotReadToItsEnd()
    {
        await using var node = new ScriptedServer().On("/api/version", Version).On("/api/ps", Nothing).On("/api/tags", async connection =>
        {
            await connection.SendHeadAsync("application/json");
            var blanks = new string(' ', 1024 * 1024);
            while (!connection.Left.IsCompleted)
            {
                await connection.SendChunkAsync(blanks);
            }
        });
        Assert.Equal("Its answer to /api/tags is larger than 8 MiB.", (await AskAsync(node.BaseUrl)).Error);
    }

    [Fact]
    public async Task WhereNothingListens_NoConnectionIsMade()
    {
        using var nowhere = new RefusingAddress();
        Assert.Equal("No connection to it can be made: ConnectionRefused.", (await AskAsync(nowhere.Url)).Error);
    }

    [Fact]
    public async Task ACallerThatStops_IsNotAnUnreachableNode()
    {
        await using var node = await SimulatorServer.StartAsync();
        node.Faults.Set("*", "stall");
        using var client = new NodeClient(node.BaseAddress, TestTimeouts.Default, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var asking = client.AskAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(TestTimeouts.Token()));
    }
}
