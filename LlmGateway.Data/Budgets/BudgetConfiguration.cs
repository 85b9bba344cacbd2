using LlmGateway.Data.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmGateway.Data.Budgets;

internal sealed class BudgetConfiguration : IEntityTypeConfiguration<Budget>
{
    public void Configure(EntityTypeBuilder<Budget> builder)
    {
        builder.ToTable("budgets", table => table.HasCheckConstraint("ck_budgets_amount", "amount >= 0"));
        builder.HasKey(budget => budget.Id);
        builder.StoredAsText("budgets", budget => budget.Scope);
        builder.StoredAsText("budgets", budget => budget.Period);
        builder.Property(budget => budget.Amount).HasColumnType("numeric(24,12)");
        builder.Property(budget => budget.AlertAt).HasColumnType("numeric(5,4)[]");
        builder.HasIndex(budget => new { budget.Scope, budget.Subject, budget.Period }).IsUnique();
    }
}
