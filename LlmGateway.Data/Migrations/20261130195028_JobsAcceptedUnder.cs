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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
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
