using LlmGateway.Data.Tests.Support;

namespace LlmGateway.Data.Tests.Jobs;

public sealed class PostgresJobLeasesTests : JobLeasesContract
{
    private static readonly Task<TestDatabase> Database = TestDatabase.MigratedAsync();

    protected override async Task<JobStage> StageAsync() => await PostgresJobStage.CreateAsync(await Database);
}
