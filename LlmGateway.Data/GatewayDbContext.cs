using LlmGateway.Data.Alerts;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Budgets;
using LlmGateway.Data.Catalogue;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Keys;
using LlmGateway.Data.Model;
using LlmGateway.Data.Prompts;
using LlmGateway.Data.Usage;
using Microsoft.EntityFrameworkCore;

namespace LlmGateway.Data;

/// <summary>Everything LlmGateway keeps in PostgreSQL.</summary>
public sealed class GatewayDbContext(DbContextOptions<GatewayDbContext> options) : DbContext(options)
{
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<UsageRecord> Usage => Set<UsageRecord>();

    public DbSet<AuditRecord> Audit => Set<AuditRecord>();

    public DbSet<Job> Jobs => Set<Job>();

    public DbSet<JobQueue> Queues => Set<JobQueue>();

    public DbSet<JobItem> JobItems => Set<JobItem>();

    public DbSet<StoredFile> Files => Set<StoredFile>();

    public DbSet<FileChunk> FileChunks => Set<FileChunk>();

    public DbSet<CatalogueModel> Models => Set<CatalogueModel>();

    public DbSet<ModelUsage> ModelUsage => Set<ModelUsage>();

    public DbSet<Alert> Alerts => Set<Alert>();

    public DbSet<Budget> Budgets => Set<Budget>();

    public DbSet<Prompt> Prompts => Set<Prompt>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(GatewayDbContext).Assembly);
        SnakeCase.Apply(modelBuilder);
    }
}
