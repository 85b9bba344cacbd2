using LlmGateway.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmGateway.Data.Alerts;

internal sealed class AlertConfiguration : IEntityTypeConfiguration<Alert>
{
    public void Configure(EntityTypeBuilder<Alert> builder)
    {
        builder.ToTable("alerts");
        builder.HasKey(alert => alert.Id);
        builder.StoredAsText("alerts", alert => alert.Severity);
        builder.Property(alert => alert.Detail).HasColumnType("jsonb");
        // One condition is one open alert, however many monitors see it.
        builder.HasIndex(alert => new { alert.Rule, alert.Source }, "ux_alerts_open").IsUnique().HasFilter("resolved_at is null");
        builder.HasIndex(alert => alert.RaisedAt).IsDescending();
    }
}
