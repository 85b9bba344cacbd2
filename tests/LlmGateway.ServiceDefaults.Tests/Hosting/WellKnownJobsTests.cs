using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

public class WellKnownJobsTests
{
    [Theory]
    [InlineData("QUEUE_MAX_ATTEMPTS", "7", "Jobs:MaxAttempts", "7")]
    [InlineData("QUEUE_BACKOFF_TYPE", "fixed", "Jobs:Backoff", "fixed")]
    [InlineData("QUEUE_REMOVE_ON_COMPLETE", "100", "Jobs:KeepCompleted", "100")]
    [InlineData("QUEUE_CONCURRENCY", "3", "Worker:Concurrency", "3")]
    [InlineData("WORKER_CONCURRENCY", " 8 ", "Worker:Concurrency", "8")]
    [InlineData("WORKER_BATCH_SIZE", "20", "Batches:BatchSize", "20")]
    [InlineData("MAX_CONCURRENT_REQUESTS", "50", "Batches:MaxConcurrentRequests", "50")]
    [InlineData("ENABLE_BATCH_PROCESSING", "false", "Batches:Enabled", "false")]
    [InlineData("ENABLE_BATCH_PROCESSING", "0", "Batches:Enabled", "false")]
    [InlineData("ENABLE_BATCH_PROCESSING", " 1 ", "Batches:Enabled", "true")]
    [InlineData("WORKER_TIMEOUT", "300000", "Worker:Timeout", "00:05:00")]
    [InlineData("BATCH_TIMEOUT", "1500", "Batches:CollectTimeout", "00:00:01.5000000")]
    [InlineData("BATCH_TIMEOUT", "0.5", "Batches:CollectTimeout", "00:00:00.0005000")]
    public void AName_BecomesItsSetting(string name, string value, string setting, string expected) =>
        Assert.Equal(expected, Configuration((name, value))[setting]);

    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("1e300")]
    [InlineData("NaN")]
    public void ADurationThatIsNone_ReachesTheSettingAsItIs_AndIsRefusedThere(string value) =>
        Assert.Equal(value, Configuration(("WORKER_TIMEOUT", value))["Worker:Timeout"]);

    [Fact]
    public void OfTwoNamesForOneSetting_TheWorkersOwnWins() =>
        Assert.Equal("8", Configuration(("WORKER_CONCURRENCY", "8"), ("QUEUE_CONCURRENCY", "3"))["Worker:Concurrency"]);

    [Fact]
    public void Settings_Win()
    {
        var configuration = Configuration(
            ("WORKER_TIMEOUT", "1000"), ("Worker:Timeout", "00:00:09"), ("ENABLE_BATCH_PROCESSING", "false"), ("Batches:Enabled", "true"));
        Assert.Equal("00:00:09", configuration["Worker:Timeout"]);
        Assert.Equal("true", configuration["Batches:Enabled"]);
    }

    [Fact]
    public void WithoutThem_NothingIsSet()
    {
        var configuration = Configuration(("WORKER_CONCURRENCY", " "), ("BATCH_TIMEOUT", ""));
        Assert.All(["Jobs", "Worker", "Batches"], section => Assert.False(configuration.GetSection(section).Exists()));
    }

    private static ConfigurationManager Configuration(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value));
        WellKnownJobs.Add(configuration);
        return configuration;
    }
}
