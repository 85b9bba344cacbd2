using LlmGateway.Simulator.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.Simulator.Tests.Control;

public sealed class HostingTests
{
    private static SimulatorOptions Read(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build();
        using var services = new ServiceCollection().AddSimulator(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<SimulatorOptions>>().Value;
    }

    [Fact]
    public void Configuration_DescribesModels()
    {
        var options = Read(
            ("Simulator:Models:0:Name", "mine"), ("Simulator:Models:0:FirstTokenDelay", "00:00:01"), ("Simulator:Models:0:TokensPerSecond", "7.5"),
            ("Simulator:Models:0:Capabilities", "Completion, Vision"), ("Simulator:IncludeDefaultModels", "true"), ("Simulator:ApiKeys:0", "k"),
            ("Simulator:AwsAccessKeys:AKIDEXAMPLE", "secret"));
        var model = Assert.Single(options.Models);
        Assert.Equal(("mine", TimeSpan.FromSeconds(1), 7.5, ModelCapabilities.Completion | ModelCapabilities.Vision), (model.Name, model.FirstTokenDelay, model.TokensPerSecond, model.Capabilities));
        Assert.Equal(["k"], options.ApiKeys);
        Assert.Equal("secret", options.AwsAccessKeys["AKIDEXAMPLE"]);
        Assert.Equal(5, options.EffectiveModels.Count());
        Assert.Equal(SimulatedModel.Defaults, Read().EffectiveModels);
    }

    [Fact]
    public void ModelWithoutAName_IsRefused() =>
        Assert.Throws<OptionsValidationException>(() => Read(("Simulator:Models:0:Family", "x")));

    [Fact]
    public void AccessKeyWithoutASecret_IsRefused() =>
        Assert.Throws<OptionsValidationException>(() => Read(("Simulator:AwsAccessKeys:AKIDEXAMPLE", " ")));

    [Fact]
    public async Task Server_StopsAtOnceWithStreamsUnderWay()
    {
        var server = await SimulatorServer.StartAsync();
        using var http = new HttpClient { BaseAddress = server.BaseAddress };
        using var body = new StringContent("""{"model":"sim-small+stall-after-1","stream":true,"messages":[{"role":"user","content":"x"}]}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = body };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }
}
