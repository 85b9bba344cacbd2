using LlmGateway.Data.Tests.Support;

namespace LlmGateway.Data.Tests.Jobs;

public sealed class PostgresJobLeasesTests : JobLeasesContract
{
    private static readonly Task<TestDatabase> Database = TestDatabase.MigratedAsync();

    protected override async Task<JobStage> StageAsync() => await PostgresJobStage.CreateAsync(await Database);
}

public sealed class InMemoryJobLeasesTests : JobLeasesContract
{
    protected override Task<JobStage> StageAsync() => Task.FromResult<JobStage>(new InMemoryJobStage());
}

public sealed class PostgresJobSweepTests : JobSweepContract
{
    private static readonly Task<TestDatabase> Database = TestDatabase.MigratedAsync();

    protected override async Task<JobStage> StageAsync() => await PostgresJobStage.CreateAsync(await Database);
}

public sealed class InMemoryJobSweepTests : JobSweepContract
{
    protected override Task<JobStage> StageAsync() => Task.FromResult<JobStage>(new InMemoryJobStage());
}

public sealed class PostgresWebhookOutboxTests : WebhookOutboxContract
{
    private static readonly Task<TestDatabase> Database = TestDatabase.MigratedAsync();

    protected override async Task<JobStage> StageAsync() => await PostgresJobStage.CreateAsync(await Database);
}

public sealed class InMemoryWebhookOutboxTests : WebhookOutboxContract
{
    protected override Task<JobStage> StageAsync() => Task.FromResult<JobStage>(new InMemoryJobStage());
}
