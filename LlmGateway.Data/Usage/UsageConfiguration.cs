using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmGateway.Data.Usage;

internal sealed class UsageConfiguration : IEntityTypeConfiguration<UsageRecord>
{
    public const string Table = "usage";

    public void Configure(EntityTypeBuilder<UsageRecord> builder)
    {
        builder.ToTable(Table);
        // The key is what makes a replayed batch harmless.
        builder.HasKey(usage => usage.Id);
        builder.Property(usage => usage.Id).ValueGeneratedNever();
        builder.HasIndex(usage => usage.RequestId);
        builder.Property(usage => usage.Cost).HasColumnType("numeric(24,12)");
        builder.HasIndex(usage => new { usage.ApiKeyId, usage.CreatedAt });
        builder.HasIndex(usage => new { usage.Team, usage.CreatedAt });
        builder.HasIndex(usage => new { usage.Model, usage.CreatedAt });
        // Rows arrive in time order, so a block range index covers reports and clean-up over all keys at almost no cost.
        builder.HasIndex(usage => usage.CreatedAt).HasMethod("brin");
        builder.HasIndex(usage => usage.JobId).HasFilter("job_id is not null");
    }
}
