using System.ComponentModel.DataAnnotations;

namespace LlmGateway.ServiceDefaults.Infrastructure;

/// <summary>The <c>Redis</c> section: how long a server that does not answer is waited for.</summary>
public sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>A command that has no answer by then has failed, whether the server is slow, frozen or gone.</summary>
    /// <value>The default is 1 second.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Opening a connection, in the background.</summary>
    /// <value>The default is 2 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After a failure every command fails at once for this long; then one command tries, and the others go on failing until it has
    /// an answer.
    /// </summary>
    /// <value>The default is half a second.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FailFast { get; set; } = TimeSpan.FromMilliseconds(500);
}
