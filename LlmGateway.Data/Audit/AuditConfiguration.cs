using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmGateway.Data.Audit;

internal sealed class AuditConfiguration : IEntityTypeConfiguration<AuditRecord>
{
    public const string Table = "audit";

    public void Configure(EntityTypeBuilder<AuditRecord> builder)
    {
        builder.ToTable(Table);
        builder.HasKey(audit => audit.Id);
        builder.Property(audit => audit.Detail).HasColumnType("jsonb");
        builder.HasIndex(audit => audit.RequestId).HasFilter("request_id is not null");
        builder.HasIndex(audit => new { audit.Action, audit.OccurredAt });
        builder.HasIndex(audit => new { audit.ApiKeyId, audit.OccurredAt });
        builder.HasIndex(audit => audit.OccurredAt).HasMethod("brin");
    }
}
