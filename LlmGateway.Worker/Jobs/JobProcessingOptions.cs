using System.ComponentModel.DataAnnotations;

namespace LlmGateway.Worker.Jobs;

/// <summary>The <c>Worker</c> section, beside <c>Worker:Id</c>: how many jobs a worker runs at once, and how long.</summary>
public sealed class JobProcessingOptions
{
    public const string Section = "Worker";

    /// <summary>Chat jobs, and apart from them embeddings jobs, that run at once; <c>WORKER_CONCURRENCY</c>, <c>QUEUE_CONCURRENCY</c>.</summary>
    /// <value>5</value>
    [Range(1, 1000)]
    public int Concurrency { get; set; } = 5;

    /// <summary>Batches that run at once; 0 leaves them to other workers.</summary>
    /// <value>2</value>
    [Range(0, 100)]
    public int BatchConcurrency { get; set; } = 2;

    /// <summary>
    /// How long one attempt of a job may run; batches may run as long as it takes. <c>WORKER_TIMEOUT</c>, in milliseconds. A broker takes a
    /// message back that is not settled within half an hour.
    /// </summary>
    /// <value>5 minutes</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:25:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a job stays a worker's that says nothing; so long a job waits at most when its worker is lost.</summary>
    /// <value>30 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often running jobs are looked at: whether they were cancelled, and whether it is time to renew a lease.</summary>
    /// <value>0.4 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:30")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromMilliseconds(400);

    /// <summary>How often jobs are looked for that were lost on their way.</summary>
    /// <value>1 second</value>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often ended jobs are deleted whose time has come.</summary>
    /// <value>1 minute</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan CleanupInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long running jobs may go on after the worker was asked to stop; those that are not done by then are handed back.</summary>
    /// <value>5 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:30:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
