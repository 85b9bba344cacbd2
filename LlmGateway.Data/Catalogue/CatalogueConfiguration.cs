using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmGateway.Data.Catalogue;

internal sealed class CatalogueModelConfiguration : IEntityTypeConfiguration<CatalogueModel>
{
    private const string PriceType = "numeric(18,9)";

    public void Configure(EntityTypeBuilder<CatalogueModel> builder)
    {
        builder.ToTable("models");
        builder.HasKey(model => model.Id);
        builder.Property(model => model.PromptPrice).HasColumnType(PriceType);
        builder.Property(model => model.CompletionPrice).HasColumnType(PriceType);
        builder.Property(model => model.CachedPromptPrice).HasColumnType(PriceType);
        builder.Property(model => model.Metadata).HasColumnType("jsonb");
        builder.HasIndex(model => new { model.Provider, model.UpstreamName }).IsUnique();
        builder.HasIndex(model => model.Name);
    }
}

internal sealed class ModelUsageConfiguration : IEntityTypeConfiguration<ModelUsage>
{
    public void Configure(EntityTypeBuilder<ModelUsage> builder)
    {
        builder.ToTable("model_usage");
        builder.HasKey(usage => new { usage.Model, usage.Node, usage.Hour });
        builder.HasIndex(usage => new { usage.Node, usage.LastUsedAt });
        builder.HasIndex(usage => usage.Hour);
    }
}
