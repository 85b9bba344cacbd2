using LlmGateway.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmGateway.Data.Jobs;

internal sealed class JobConfiguration : IEntityTypeConfiguration<Job>
{
    public void Configure(EntityTypeBuilder<Job> builder)
    {
        builder.ToTable("jobs");
        builder.HasKey(job => job.Id);
        builder.StoredAsText("jobs", job => job.Kind);
        builder.StoredAsText("jobs", job => job.Status);
        builder.StoredAsText("jobs", job => job.Priority);
        builder.Property(job => job.Phase).HasConversion<EnumText<BatchPhase>>();
        builder.Property(job => job.Error).HasColumnType("jsonb");
        builder.Property(job => job.Usage).HasColumnType("jsonb");
        builder.Property(job => job.Metadata).HasColumnType("jsonb");
        builder.HasMany(job => job.Items).WithOne().HasForeignKey(item => item.JobId).OnDelete(DeleteBehavior.Cascade);

        builder.Ignore(job => job.Queue);
        builder.Ignore(job => job.HasEnded);
        builder.Ignore(job => job.ClaimedAt);
        builder.Ignore(job => job.ChargeName);
        // The only index of waiting jobs, on purpose: with statistics from before a rush the planner takes any other one for a claim too, and
        // sorts the whole queue each time. For the next job to claim, a job's place in the queue, and the figures of what waits, without a look at the rows.
        builder.HasIndex(job => new { job.Kind, job.QueueAt, job.Id }, "ix_jobs_queue")
            .IncludeProperties(job => new { job.RunAfter, job.CreatedAt }).HasFilter("status = 'queued'");
        // The sweeper: running jobs whose lease ran out.
        builder.HasIndex(job => job.LeaseUntil, "ix_jobs_lease").HasFilter("status = 'running'");
        builder.HasIndex(job => job.ExpiresAt, "ix_jobs_expiry").HasFilter("status in ('queued', 'running') and expires_at is not null");
        builder.HasIndex(job => job.WebhookRunAfter, "ix_jobs_webhook").HasFilter("webhook_run_after is not null");
        // A client's list, newest first, paged by (created_at, id).
        builder.HasIndex(job => new { job.ApiKeyId, job.Kind, job.CreatedAt, job.Id }, "ix_jobs_owner").IsDescending(false, false, true, true);
        builder.HasIndex(job => new { job.Kind, job.DeadLetteredAt, job.Id }, "ix_jobs_dead").HasFilter("dead_lettered_at is not null");
        // What the queue did lately: estimates, and an operator's figures.
        builder.HasIndex(job => new { job.Kind, job.Status, job.CompletedAt }, "ix_jobs_ended")
            .IncludeProperties(job => job.StartedAt!).HasFilter("completed_at is not null");
        // Clean-up of finished jobs.
        builder.HasIndex(job => job.CompletedAt, "ix_jobs_completed").HasFilter("completed_at is not null");
        // NULLs are equal here: a job without a key (an anonymous gateway) is idempotent too.
        builder.HasIndex(job => new { job.ApiKeyId, job.IdempotencyKey }, "ux_jobs_idempotency")
            .IsUnique().AreNullsDistinct(false).HasFilter("idempotency_key is not null");
    }
}

internal sealed class JobItemConfiguration : IEntityTypeConfiguration<JobItem>
{
    public void Configure(EntityTypeBuilder<JobItem> builder)
    {
        builder.ToTable("job_items");
        builder.HasKey(item => item.Id);
        builder.StoredAsText("job_items", item => item.Status);
        builder.Property(item => item.Error).HasColumnType("jsonb");
        builder.HasIndex(item => new { item.JobId, item.Line }).IsUnique();
        builder.HasIndex(item => new { item.JobId, item.CustomId }).IsUnique();
        builder.HasIndex(item => new { item.JobId, item.Line }, "ix_job_items_open").HasFilter("status in ('queued', 'running')");
    }
}

internal sealed class JobQueueConfiguration : IEntityTypeConfiguration<JobQueue>
{
    public void Configure(EntityTypeBuilder<JobQueue> builder)
    {
        builder.ToTable("queues");
        builder.HasKey(queue => queue.Name);
    }
}
