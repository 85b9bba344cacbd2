using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LlmGateway.Data.Migrations
{
    /// <inheritdoc />
    public partial class JobItemsAtClaim : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "items_at_claim",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "items_at_claim",
                table: "jobs");
        }
    }
}
