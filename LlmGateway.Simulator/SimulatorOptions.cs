using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator;

/// <summary>Configuration section <c>Simulator</c>.</summary>
public sealed class SimulatorOptions
{
    public const string SectionName = "Simulator";

    /// <summary>Models served.</summary>
    /// <value>Empty: <see cref="SimulatedModel.Defaults"/>.</value>
    public IList<SimulatedModel> Models { get; init; } = [];

    /// <summary>Serve the default models too when others are configured.</summary>
    public bool IncludeDefaultModels { get; set; }

    /// <summary>
    /// The version that the Ollama wire claims to be and behaves as: before 0.12.6 it knows no <c>truncate</c> and <c>shift</c> and
    /// shortens a prompt that is too long without a word.
    /// </summary>
    /// <value>0.33.0.</value>
    public string OllamaVersion { get; set; } = "0.33.0";

    /// <summary>How long <c>/api/pull</c> takes to load a model down.</summary>
    /// <value>200 ms.</value>
    public TimeSpan PullTime { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Keys accepted as <c>Authorization: Bearer</c>; with any, requests to a model wire without one answer 401, on AWS Bedrock's 403.
    /// </summary>
    /// <value>Empty: no key is needed.</value>
    public IList<string> ApiKeys { get; init; } = [];

    /// <summary>
    /// Secret access keys by access key id, with which requests on AWS Bedrock's wire may be signed (Signature Version 4) instead of
    /// bringing one of <see cref="ApiKeys"/>; with any, requests on that wire without either answer 403.
    /// </summary>
    /// <value>Empty.</value>
    public IDictionary<string, string> AwsAccessKeys { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How many requests <c>GET /simulator/requests</c> remembers.</summary>
    /// <value>256.</value>
    public int RecordedRequests { get; set; } = 256;

    /// <summary>Bytes of each request body that are remembered.</summary>
    /// <value>65,536.</value>
    public int RecordedBodyBytes { get; set; } = 65_536;

    /// <summary>Largest request body read, in bytes; over it 413.</summary>
    /// <value>32 MiB.</value>
    public long MaxRequestBytes { get; set; } = 32 * 1024 * 1024;

    internal IEnumerable<SimulatedModel> EffectiveModels =>
        Models.Count == 0 ? SimulatedModel.Defaults : IncludeDefaultModels ? SimulatedModel.Defaults.Concat(Models) : Models;
}
