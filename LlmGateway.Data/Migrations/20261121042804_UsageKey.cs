using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LlmGateway.Data.Migrations
{
    /// <inheritdoc />
    public partial class UsageKey : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropPrimaryKey(
                name: "pk_usage",
                table: "usage");

            migrationBuilder.AddColumn<Guid>(
                name: "id",
                table: "usage",
                type: "uuid",
                nullable: false,
                defaultValueSql: "gen_random_uuid()");

            // Only for the rows that are there: a new row without an id is a mistake.
            migrationBuilder.Sql("alter table usage alter column id drop default;");

            migrationBuilder.AddPrimaryKey(
                name: "pk_usage",
                table: "usage",
                column: "id");

            migrationBuilder.CreateIndex(
                name: "ix_usage_request_id",
                table: "usage",
                column: "request_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // The request id is the key again, so one that came twice must become two.
            migrationBuilder.Sql(
                """
                update usage u set request_id = u.request_id || ':' || u.id
                where exists (select from usage o where o.request_id = u.request_id and o.id < u.id);
                """);

            migrationBuilder.DropPrimaryKey(
                name: "pk_usage",
                table: "usage");

            migrationBuilder.DropIndex(
                name: "ix_usage_request_id",
                table: "usage");

            migrationBuilder.DropColumn(
                name: "id",
                table: "usage");

            migrationBuilder.AddPrimaryKey(
                name: "pk_usage",
                table: "usage",
                column: "request_id");
        }
    }
}
