using LlmGateway.Data.Tests.Support;

namespace LlmGateway.Data.Tests.Jobs;

public sealed class InMemoryJobStoreTests : JobStoreTests
{
    private protected override Task<JobsUnderTest> CreateAsync() => Task.FromResult<JobsUnderTest>(new MemoryJobs());
}

public sealed class InMemoryJobQueuesTests : JobQueuesTests
{
    private protected override Task<JobsUnderTest> CreateAsync() => Task.FromResult<JobsUnderTest>(new MemoryJobs());
}
