using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Sensitivity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Core.Tests.Sensitivity;

/// <summary>Requests that were accepted elsewhere, under settings that this process may not have.</summary>
public class AcceptedPolicyTests
{
    private const string Text = "the bluebird flies";

    private static readonly string Bluebird = Settings(o => o.Keywords.Add("bluebird=0.9"));

    [Fact]
    public void WithoutSettingsOfItsOwn_AProcessJudgesByThoseOfTheRequest()
    {
        Assert.True(Judge(Text, Bluebird).Sensitivity.IsSensitive);
        var harmless = Judge("the robin flies", Bluebird);
        Assert.Equal((true, false), (harmless.IsClassified, harmless.Sensitivity.IsSensitive));
        Assert.False(Judge(Text, null).IsClassified);
    }

    [Fact]
    public void WithOthersOfItsOwn_ItJudgesByBoth()
    {
        Assert.True(Judge(Text, Bluebird, ("Sensitivity:Enabled", "true"), ("Sensitivity:Keywords:0", "robin=0.9")).Sensitivity.IsSensitive);
        Assert.True(Judge("the robin flies", Bluebird, ("Sensitivity:Enabled", "true"), ("Sensitivity:Keywords:0", "robin=0.9")).Sensitivity.IsSensitive);
        Assert.False(Judge("the crow flies", Bluebird, ("Sensitivity:Enabled", "true"), ("Sensitivity:Keywords:0", "robin=0.9")).Sensitivity.IsSensitive);
    }

    [Theory]
    [InlineData("{}x")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"Enabled":true,"FromTheFuture":1}""")]
    [InlineData("""{"Enabled":true,"Threshold":7}""")]
    public void SettingsThatAreNotUnderstood_LetNothingOut(string accepted) =>
        Assert.Equal(SecurityLevel.High, Judge("harmless", accepted).Sensitivity.Required);

    [Fact]
    public void SettingsAsText_SayEverything()
    {
        var options = new SensitivityOptions { Enabled = true, Threshold = 0.3, TreatImagesAsSensitive = true };
        options.Keywords.Add("a=0.1");
        options.NationalIds.Add("de_steuer_id");
        options.Weights["email"] = 0.9;
        options.Detectors.HighEntropy = false;
        var read = PolicyText.Read(PolicyText.Write(options))!;
        Assert.Equal(PolicyText.Write(options), PolicyText.Write(read));
        Assert.Equal((0.3, true, false, 0.9), (read.Threshold, read.TreatImagesAsSensitive, read.Detectors.HighEntropy, read.Weights["EMAIL"]));
    }

    [Fact]
    public void ManyPolicies_AreNotAllKept()
    {
        var policies = new AcceptedPolicies();
        for (var i = 0; i < 100; i++)
        {
            Assert.NotNull(policies.Get(Settings(o => o.Keywords.Add($"word{i}"))));
        }

        Assert.Same(policies.Get(Bluebird), policies.Get(Bluebird));
    }

    private static string Settings(Action<SensitivityOptions> change)
    {
        var options = new SensitivityOptions { Enabled = true };
        change(options);
        return PolicyText.Write(options);
    }

    private static GatewayRequest Judge(string text, string? accepted, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value))).Build();
        using var services = new ServiceCollection().AddLogging().AddSensitivity(configuration).BuildServiceProvider();
        var policy = services.GetRequiredService<SensitivityPolicy>();
        var request = new GatewayRequest("r", Looking.Chat(text), new Caller("k"), CancellationToken.None) { StartTimestamp = 1, AcceptedUnder = accepted };
        policy.Judge(request);
        policy.RequireClassified(request);
        return request;
    }
}
