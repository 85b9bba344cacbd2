using System.ComponentModel.DataAnnotations;

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>The <c>Fleet</c> section: how often processes tell each other how they are.</summary>
public sealed class FleetOptions : IValidatableObject
{
    public const string Section = "Fleet";

    /// <summary>How often this process publishes its entries.</summary>
    /// <value>The default is 1 second.</value>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan PublishInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often this process looks at what all have published, beside being told of changes.</summary>
    /// <value>The default is 1 second.</value>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan ReadInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long an entry lasts that is not published again, and how long the last view lasts when no new one can be read. At least
    /// twice <see cref="PublishInterval"/> and <see cref="ReadInterval"/>.
    /// </summary>
    /// <value>The default is 5 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TimeToLive < 2 * PublishInterval || TimeToLive < 2 * ReadInterval)
        {
            yield return new ValidationResult(
                $"{Section}:{nameof(TimeToLive)} must be at least twice {nameof(PublishInterval)} and {nameof(ReadInterval)}, or entries vanish between two of them.",
                [nameof(TimeToLive)]);
        }
    }
}
