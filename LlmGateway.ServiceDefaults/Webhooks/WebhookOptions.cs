using System.ComponentModel.DataAnnotations;
using LlmGateway.Settings.Reading;

namespace LlmGateway.ServiceDefaults.Webhooks;

/// <summary>The <c>Webhooks</c> section: which addresses clients may have called when their jobs end, how calls are signed and how often they are tried.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>The fewest characters of a signing key.</summary>
    public const int MinKeyLength = 32;

    private static readonly TimeSpan[] DefaultDelays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>
    /// A secret of at least 32 characters, the same at every Api and Worker, from which each API key's signing secret is made;
    /// <c>WEBHOOK_SIGNING_KEY</c>.
    /// </summary>
    /// <value>Without it webhooks are refused.</value>
    [Secret]
    public string? SigningKey { get; set; }

    /// <summary>Earlier signing keys, newest first. Deliveries are signed with them too, so that receivers can change over in their own time.</summary>
    [Secret]
    public List<string> PreviousSigningKeys { get; } = [];

    /// <summary>Whether <c>http</c> is accepted beside <c>https</c>.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Networks such as <c>10.1.0.0/16</c> that may be called although they are not public.</summary>
    public List<string> AllowedNetworks { get; } = [];

    /// <summary>The only hosts that may be called, by name or as <c>*.example.com</c>. Their addresses are checked all the same.</summary>
    /// <value>None means any.</value>
    public List<string> AllowedHosts { get; } = [];

    /// <summary>The only ports that may be called.</summary>
    /// <value>None means any.</value>
    public List<int> AllowedPorts { get; } = [];

    /// <summary>How long a receiver may take, from looking up its name to the head of its answer.</summary>
    /// <value>15 seconds</value>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The waits between tries; after the last one the delivery is given up.</summary>
    /// <value>Empty means 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h.</value>
    public List<TimeSpan> RetryDelays { get; } = [];

    /// <summary>Deliveries under way at once; a quarter of them, and at least one, to the same host, and as many of the same API key.</summary>
    /// <value>16</value>
    [Range(1, 1024)]
    public int MaxConcurrent { get; set; } = 16;

    /// <summary>A result of more bytes is left out of the delivery; the receiver fetches it.</summary>
    /// <value>1 MiB</value>
    [Range(0, 64 * 1024 * 1024)]
    public int MaxResultBytes { get; set; } = 1024 * 1024;

    /// <summary>The waits between tries that are in force.</summary>
    public IReadOnlyList<TimeSpan> Schedule() => RetryDelays.Count == 0 ? DefaultDelays : RetryDelays;
}
