using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Webhooks;

/// <summary>When a delivery that failed is tried again.</summary>
internal sealed class RetrySchedule(IReadOnlyList<TimeSpan> delays, Random random)
{
    /// <summary>Receivers cannot put a delivery off for longer.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    /// <summary>Only ever longer, so that a whole schedule takes at least the time it adds up to.</summary>
    private const double Jitter = 0.2;

    /// <summary>Until the next try; null when there is none.</summary>
    /// <param name="job">The job, its try counted.</param>
    /// <param name="now">The time.</param>
    /// <param name="asked">What the receiver asked for.</param>
    public TimeSpan? Next(Job job, DateTimeOffset now, TimeSpan? asked)
    {
        var place = Math.Min(Math.Max(0, job.WebhookAttempts - 1), PlaceByAge(now - WebhookPayload.EndOf(job)));
        if (place >= delays.Count)
        {
            return null;
        }

        var delay = delays[place] * (1 + (random.NextDouble() * Jitter));
        var least = asked < LongestRetryAfter ? asked.Value : asked is null ? TimeSpan.Zero : LongestRetryAfter;
        return delay > least ? delay : least;
    }

    /// <summary>
    /// How many of the waits can have passed since the job ended. Tries that were counted but never sent, because they were put off or a
    /// worker was lost, then bring the end no nearer.
    /// </summary>
    private int PlaceByAge(TimeSpan age)
    {
        var (place, sum) = (0, TimeSpan.Zero);
        while (place < delays.Count && (sum += delays[place]) <= age)
        {
            place++;
        }

        return place;
    }
}
