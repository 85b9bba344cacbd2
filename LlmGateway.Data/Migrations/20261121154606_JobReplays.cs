using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LlmGateway.Data.Migrations
{
    /// <inheritdoc />
    public partial class JobReplays : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_jobs_ended",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_jobs_queue",
                table: "jobs");

            migrationBuilder.AddColumn<int>(
                name: "replays",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateIndex(
                name: "ix_jobs_ended",
                table: "jobs",
                columns: new[] { "kind", "status", "completed_at" },
                filter: "completed_at is not null")
                .Annotation("Npgsql:IndexInclude", new[] { "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_jobs_queue",
                table: "jobs",
                columns: new[] { "kind", "queue_at", "id" },
                filter: "status = 'queued'")
                .Annotation("Npgsql:IndexInclude", new[] { "run_after", "created_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_jobs_ended",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_jobs_queue",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "replays",
                table: "jobs");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_ended",
                table: "jobs",
                columns: new[] { "kind", "status", "completed_at" },
                filter: "completed_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_queue",
                table: "jobs",
                columns: new[] { "kind", "queue_at", "id" },
                filter: "status = 'queued'");
        }
    }
}
