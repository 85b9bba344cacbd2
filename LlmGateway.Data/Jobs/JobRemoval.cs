namespace LlmGateway.Data.Jobs;

/// <summary>
/// Deletes ended jobs with their lines, however many those are: lines go in steps of their own first, so that each statement stays within
/// the bound of a call. What is left when that is cut short goes on the next time.
/// </summary>
internal sealed class JobRemoval(StoreCalls calls)
{
    /// <summary>Jobs with lines that are taken in hand at once.</summary>
    public const int BatchesAtOnce = 10;

    /// <summary>Lines that one statement deletes.</summary>
    private const int LinesAtOnce = 1_000;

    /// <param name="ids">Jobs that have ended and are no dead letters any more: nobody can have them run again meanwhile.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How many were deleted here and not by somebody else.</returns>
    public async Task<int> RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var id in ids)
        {
            // Lines that another replica is deleting are not waited for; of those are no more than one step.
            while (await ExecuteAsync(
                "delete from job_items where id in (select id from job_items where job_id = $1 limit $2 for update skip locked)",
                cancellationToken, id, LinesAtOnce) > 0)
            {
            }

            removed += await ExecuteAsync("delete from jobs where id = $1 and completed_at is not null and dead_lettered_at is null", cancellationToken, id);
        }

        return removed;
    }

    private Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] values) => calls.RunAsync(
        async (connection, bound) =>
        {
            await using var command = StoreCalls.Command(connection, sql, values);
            return await command.ExecuteNonQueryAsync(bound);
        },
        cancellationToken);
}
