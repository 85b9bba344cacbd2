namespace LlmGateway.Data.Budgets;

public enum BudgetScope
{
    Key,
    Team,
    Global,
}

public enum BudgetPeriod
{
    Day,
    Month,
}

/// <summary>The most that may be spent by a key, a team or everybody within a day or a month (UTC).</summary>
public sealed class Budget
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required BudgetScope Scope { get; init; }

    /// <summary>The key's id or the team's name; empty for the global budget.</summary>
    public required string Subject { get; init; }

    public required BudgetPeriod Period { get; init; }

    /// <summary>In US dollars.</summary>
    public required decimal Amount { get; set; }

    /// <summary>Parts of the amount, from 0 to 1, at which an alert is raised.</summary>
    public decimal[] AlertAt { get; set; } = [0.8m, 1m];

    public bool Enabled { get; set; } = true;

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }
}
