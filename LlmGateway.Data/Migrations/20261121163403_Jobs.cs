using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LlmGateway.Data.Migrations
{
    /// <inheritdoc />
    public partial class Jobs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_jobs_due",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_jobs_owner",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_jobs_queue",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "published_at",
                table: "jobs");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "in_progress_at",
                table: "jobs",
                type: "timestamp with time zone",
                nullable: true);

            // A cast alone would make '1' of 1.
            migrationBuilder.Sql(
                "alter table jobs alter column priority type text using case priority when 0 then 'low' when 1 then 'normal' else 'high' end");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "dead_lettered_at",
                table: "jobs",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "events",
                table: "jobs",
                type: "bytea",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "failures",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "finalizing_at",
                table: "jobs",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "items_at_claim",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "items_completed",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "items_failed",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "items_total",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "phase",
                table: "jobs",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "queue_at",
                table: "jobs",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)));

            migrationBuilder.AddColumn<int>(
                name: "replays",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "webhook_error",
                table: "jobs",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "queues",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    paused_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    paused_by = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_queues", x => x.name);
                });

            migrationBuilder.CreateIndex(
                name: "ix_jobs_dead",
                table: "jobs",
                columns: new[] { "kind", "dead_lettered_at", "id" },
                filter: "dead_lettered_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_ended",
                table: "jobs",
                columns: new[] { "kind", "status", "completed_at" },
                filter: "completed_at is not null")
                .Annotation("Npgsql:IndexInclude", new[] { "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_jobs_owner",
                table: "jobs",
                columns: new[] { "api_key_id", "kind", "created_at", "id" },
                descending: new[] { false, false, true, true });

            migrationBuilder.CreateIndex(
                name: "ix_jobs_queue",
                table: "jobs",
                columns: new[] { "kind", "queue_at", "id" },
                filter: "status = 'queued'")
                .Annotation("Npgsql:IndexInclude", new[] { "run_after", "created_at" });

            migrationBuilder.AddCheckConstraint(
                name: "ck_jobs_priority",
                table: "jobs",
                sql: "priority in ('low', 'normal', 'high')");

            migrationBuilder.CreateIndex(
                name: "ix_files_begun",
                table: "files",
                column: "created_at",
                filter: "uploaded_at is null");

            // Rows that are there already take their place by their age; what a rollback put aside comes back.
            migrationBuilder.Sql(
                """
                update jobs set queue_at = created_at;
                do $$
                begin
                    if to_regclass('jobs_rolled_back') is not null then
                        update jobs j set
                            in_progress_at = r.in_progress_at, dead_lettered_at = r.dead_lettered_at, events = r.events, failures = r.failures,
                            finalizing_at = r.finalizing_at, items_at_claim = r.items_at_claim, items_completed = r.items_completed,
                            items_failed = r.items_failed, items_total = r.items_total, phase = r.phase, queue_at = r.queue_at, replays = r.replays,
                            webhook_error = r.webhook_error
                        from jobs_rolled_back r where r.id = j.id;
                        insert into queues select * from queues_rolled_back on conflict do nothing;
                        drop table jobs_rolled_back, queues_rolled_back;
                    end if;
                end $$;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // What the schema before has no place for is put aside, until it is brought up to date again.
            migrationBuilder.Sql(
                """
                create table jobs_rolled_back as select
                    id, in_progress_at, dead_lettered_at, events, failures, finalizing_at, items_at_claim, items_completed, items_failed, items_total,
                    phase, queue_at, replays, webhook_error
                from jobs;
                create table queues_rolled_back as select * from queues;
                """);

            migrationBuilder.DropTable(
                name: "queues");

            migrationBuilder.DropIndex(
                name: "ix_jobs_dead",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_jobs_ended",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_jobs_owner",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_jobs_queue",
                table: "jobs");

            migrationBuilder.DropCheckConstraint(
                name: "ck_jobs_priority",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "ix_files_begun",
                table: "files");

            migrationBuilder.DropColumn(
                name: "dead_lettered_at",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "events",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "failures",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "finalizing_at",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "items_at_claim",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "items_completed",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "items_failed",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "items_total",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "phase",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "queue_at",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "replays",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "webhook_error",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "in_progress_at",
                table: "jobs");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "published_at",
                table: "jobs",
                type: "timestamp with time zone",
                nullable: true);

            // There is no cast from text that PostgreSQL would use by itself.
            migrationBuilder.Sql(
                "alter table jobs alter column priority type integer using case priority when 'low' then 0 when 'normal' then 1 else 2 end");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_due",
                table: "jobs",
                column: "run_after",
                filter: "status = 'queued'");

            migrationBuilder.CreateIndex(
                name: "ix_jobs_owner",
                table: "jobs",
                columns: new[] { "api_key_id", "created_at", "id" },
                descending: new[] { false, true, true });

            migrationBuilder.CreateIndex(
                name: "ix_jobs_queue",
                table: "jobs",
                columns: new[] { "kind", "priority", "created_at" },
                descending: new[] { false, true, false },
                filter: "status = 'queued'");
        }
    }
}
