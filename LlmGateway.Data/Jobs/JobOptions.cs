using System.ComponentModel.DataAnnotations;

namespace LlmGateway.Data.Jobs;

/// <summary>The <c>Jobs</c> section: what is accepted as a job, in which order jobs run, how often they are tried and how long they are kept.</summary>
public sealed class JobOptions
{
    public const string Section = "Jobs";

    /// <summary>Attempts of a job before it becomes a dead letter; <c>QUEUE_MAX_ATTEMPTS</c>.</summary>
    /// <value>3</value>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>How the wait between attempts grows: <c>exponential</c> or <c>fixed</c>; <c>QUEUE_BACKOFF_TYPE</c>.</summary>
    /// <value>exponential</value>
    [RegularExpression("(?i)exponential|fixed", ErrorMessage = "Jobs:Backoff must be 'exponential' or 'fixed'.")]
    public string Backoff { get; set; } = "exponential";

    /// <summary>The wait before the second attempt; doubled for each one after it where the back-off is exponential.</summary>
    /// <value>1 second</value>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan BackoffDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between attempts.</summary>
    /// <value>1 minute</value>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a job waits, from its first attempt, for providers that are known to be away or full before that counts as failed attempts:
    /// nobody was asked, so nothing is wrong with the job.
    /// </summary>
    /// <value>1 hour</value>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan OutagePatience { get; set; } = TimeSpan.FromHours(1);

    /// <summary>A job of normal priority lets jobs of high priority go ahead that come within this time after it.</summary>
    /// <value>5 minutes</value>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan NormalDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A job of low priority lets jobs of high priority go ahead that come within this time after it: the longest that a job is overtaken.</summary>
    /// <value>15 minutes</value>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan LowDelay { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an ended job and its result are kept.</summary>
    /// <value>1 day</value>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan ResultRetention { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a dead letter is kept.</summary>
    /// <value>14 days</value>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan DeadLetterRetention { get; set; } = TimeSpan.FromDays(14);

    /// <summary>At most so many completed jobs of each queue are kept, however young they are; <c>QUEUE_REMOVE_ON_COMPLETE</c>.</summary>
    /// <value>Without a value only <see cref="ResultRetention"/> counts.</value>
    [Range(0, int.MaxValue)]
    public int? KeepCompleted { get; set; }

    /// <summary>The largest result of a job, in bytes; a job with a larger one fails.</summary>
    /// <value>64 MiB</value>
    [Range(1024, 512 * 1024 * 1024)]
    public int MaxResultBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes that jobs and their results take together at most where there is no database and they are kept in memory.</summary>
    /// <value>512 MiB</value>
    [Range(1024, 64L * 1024 * 1024 * 1024)]
    public long MaxMemoryBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>What this priority lets others go ahead.</summary>
    public TimeSpan DelayOf(JobPriority priority) => priority switch
    {
        JobPriority.High => TimeSpan.Zero,
        JobPriority.Normal => NormalDelay,
        _ => LowDelay,
    };

    /// <summary>The wait after the <paramref name="failures"/>th failure, without the random part.</summary>
    public TimeSpan BackoffAfter(int failures)
    {
        var delay = Backoff.Equals("fixed", StringComparison.OrdinalIgnoreCase)
            ? BackoffDelay
            : BackoffDelay * Math.Pow(2, Math.Clamp(failures - 1, 0, 30));
        return delay < MaxBackoff ? delay : MaxBackoff;
    }
}
