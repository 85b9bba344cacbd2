using LlmGateway.Core.Resilience;

namespace LlmGateway.Core.Tests.Resilience;

public class RetryBudgetTests
{
    private readonly RetryBudget _budget = new();

    [Fact]
    public void AReserve_AllowsTenRetriesWithoutTraffic_AndNoMore()
    {
        Assert.Equal(10, _budget.Available);
        Assert.Equal(10, Take(50));
        Assert.Equal(0, _budget.Available);
    }

    [Fact]
    public void Requests_PayForTheirShareOfRetries()
    {
        Take(10);
        Deposit(4, 0.2);
        Assert.False(_budget.TryTake());
        Deposit(1, 0.2);
        Assert.True(_budget.TryTake());
        Deposit(100, 0.2);
        Assert.Equal(20, Take(100));
    }

    [Fact]
    public void MuchTraffic_FillsItToABoundOnly()
    {
        Deposit(10_000, 0.2);
        Assert.InRange(Take(10_000), 100, 101);
    }

    [Fact]
    public void ARatioOfZero_LeavesTheReserveAlone()
    {
        Deposit(1000, 0);
        Assert.Equal(10, Take(1000));
    }

    [Fact]
    public async Task ManyAtOnce_NeverTakeMoreThanThereIs()
    {
        Deposit(200, 0.2);
        var most = _budget.Available;
        var taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                if (_budget.TryTake())
                {
                    Interlocked.Increment(ref taken);
                }
            }
        })));
        Assert.InRange(taken, 1, most);
        Take(1000);
        Assert.Equal(0, _budget.Available);
    }

    [Fact]
    public void EachCaller_HasABudgetOfItsOwn()
    {
        var budgets = new RetryBudgets();
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => budgets.TryTake("fails")));
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => budgets.TryTake("other")));
        for (var i = 0; i < 5; i++)
        {
            budgets.Deposit("fails", 0.2);
        }

        Assert.Equal(1, budgets.Available("fails"));
        Assert.Equal(0, budgets.Available("other"));
    }

    [Fact]
    public void CallersBeyondABound_ShareOneBudget()
    {
        var budgets = new RetryBudgets();
        Assert.All(Enumerable.Range(0, 1000), i => Assert.True(budgets.TryTake($"caller-{i}")));
        Assert.Equal(10, Enumerable.Range(0, 100).Count(i => budgets.TryTake($"further-{i}")));
        Assert.True(budgets.TryTake("caller-0"));
    }

    private int Take(int times) => Enumerable.Range(0, times).Count(_ => _budget.TryTake());

    private void Deposit(int times, double ratio)
    {
        for (var i = 0; i < times; i++)
        {
            _budget.Deposit(ratio);
        }
    }
}
