using System.ComponentModel.DataAnnotations;

namespace LlmGateway.Data;

/// <summary>Section <c>Database</c>. The server's address is the connection string <c>gatewaydb</c>.</summary>
public sealed class DatabaseOptions
{
    public const string Section = "Database";

    /// <summary>Bring the schema up to date when the host starts.</summary>
    /// <value>true</value>
    public bool MigrateAtStart { get; set; } = true;

    /// <summary>How long the host waits at start for the server to answer, for another replica's migration and for its own.</summary>
    /// <value>60 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long opening a connection may take, unless the connection string says otherwise. Whole seconds.</summary>
    /// <value>2 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one command may take, unless the connection string says otherwise. Whole seconds.</summary>
    /// <value>5 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Connections in each of the process's two pools, unless the connection string says otherwise. In a rush, waiting for a connection is
    /// shorter than having the server open another, and a server takes 100 of all processes by default.
    /// </summary>
    /// <value>32</value>
    [Range(1, 1000)]
    public int MaxConnections { get; set; } = 32;

    /// <summary>
    /// Let the server keep the statements that run most. Off for a connection pooler that does not follow a session's statements.
    /// </summary>
    /// <value>true</value>
    public bool PrepareStatements { get; set; } = true;
}
