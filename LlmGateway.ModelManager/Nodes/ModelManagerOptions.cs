using System.ComponentModel.DataAnnotations;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>The <c>ModelManager</c> section.</summary>
public sealed class ModelManagerOptions
{
    public const string Section = "ModelManager";

    /// <summary>Time between two questions to the same node.</summary>
    /// <value>The default is 2 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = "ModelManager:PollInterval must be between {1} and {2}.")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a node may take to answer, connecting included; one that takes longer is not reachable.</summary>
    /// <value>The default is 2 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00", ErrorMessage = "ModelManager:RequestTimeout must be between {1} and {2}.")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(2);
}
