using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmGateway.Data.Files;

internal sealed class StoredFileConfiguration : IEntityTypeConfiguration<StoredFile>
{
    public void Configure(EntityTypeBuilder<StoredFile> builder)
    {
        builder.ToTable("files");
        builder.HasKey(file => file.Id);
        builder.HasMany(file => file.Chunks).WithOne().HasForeignKey(chunk => chunk.FileId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(file => new { file.ApiKeyId, file.CreatedAt, file.Id }).IsDescending(false, true, true);
        builder.HasIndex(file => file.ExpiresAt).HasFilter("expires_at is not null");
        // Uploads that were never completed.
        builder.HasIndex(file => file.CreatedAt, "ix_files_begun").HasFilter("uploaded_at is null");
    }
}

internal sealed class FileChunkConfiguration : IEntityTypeConfiguration<FileChunk>
{
    public void Configure(EntityTypeBuilder<FileChunk> builder)
    {
        builder.ToTable("file_chunks");
        builder.HasKey(chunk => new { chunk.FileId, chunk.Ordinal });
    }
}
