using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmGateway.Data.Prompts;

internal sealed class PromptConfiguration : IEntityTypeConfiguration<Prompt>
{
    public void Configure(EntityTypeBuilder<Prompt> builder)
    {
        builder.ToTable("prompts");
        builder.HasKey(prompt => prompt.Id);
        builder.Property(prompt => prompt.Parameters).HasColumnType("jsonb");
        builder.HasIndex(prompt => new { prompt.Name, prompt.Version }).IsUnique();
    }
}
