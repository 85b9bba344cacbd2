using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LlmGateway.Data.Migrations
{
    /// <inheritdoc />
    public partial class JobsAcceptedUnder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "accepted_under",
                table: "jobs",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "allowed_models",
                table: "jobs",
                type: "text[]",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "estimated",
                table: "usage",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            // What a rollback put aside. Usage rows may have got new ids meanwhile.
            migrationBuilder.Sql("""
                do $$ begin
                    if to_regclass('jobs_accepted_rolled_back') is not null then
                        update jobs j set accepted_under = r.accepted_under, allowed_models = r.allowed_models
                        from jobs_accepted_rolled_back r where r.id = j.id;
                        update usage u set estimated = true
                        from usage_estimated_rolled_back r where r.request_id = u.request_id and r.created_at = u.created_at;
                        drop table jobs_accepted_rolled_back, usage_estimated_rolled_back;
                    end if;
                end $$;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // The older schema has no place for it, and without it what waits would go out unjudged after the next migration.
            migrationBuilder.Sql("""
                create table jobs_accepted_rolled_back as select id, accepted_under, allowed_models from jobs
                    where accepted_under is not null or allowed_models is not null;
                create table usage_estimated_rolled_back as select request_id, created_at from usage where estimated;
                """);

            migrationBuilder.DropColumn(
                name: "accepted_under",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "allowed_models",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "estimated",
                table: "usage");
        }
    }
}
