namespace LlmGateway.Core.Providers;

/// <summary>One entry under <c>Providers</c> in the configuration.</summary>
public sealed class ProviderOptions
{
    /// <summary>Wire dialect: <c>openai</c> for every OpenAI-compatible server (vLLM, Grok, …), <c>ollama</c>, <c>anthropic</c>, <c>bedrock</c> or <c>bedrock-proxy</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>Root of the provider's API, such as <c>https://api.openai.com/v1</c>, <c>http://localhost:11434</c> or <c>https://api.anthropic.com</c>.</summary>
    public string BaseUrl { get; set; } = "";

    /// <summary>Sent as a bearer token, to Anthropic as <c>x-api-key</c>; null for servers that ask for none. Bedrock: used instead of <see cref="Aws"/>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Further headers of every call.</summary>
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>Models that are served whether or not the provider lists them, by their name at the gateway.</summary>
    public Dictionary<string, ModelOptions> Models { get; } = new(StringComparer.Ordinal);

    /// <summary>Also serve the models that the provider lists.</summary>
    /// <value>The default is true.</value>
    public bool Discover { get; set; } = true;

    public ProviderTimeouts Timeouts { get; set; } = new();

    /// <summary>Bedrock: the region and what requests are signed with.</summary>
    public AwsOptions Aws { get; set; } = new();

    /// <summary>Ollama: how long a model stays loaded after a call, in Ollama's notation (<c>5m</c>, <c>-1</c>); null leaves it to the server.</summary>
    public string? KeepAlive { get; set; }

    /// <summary>The simulated provider of a host without real models; told apart in start-up messages.</summary>
    public bool Simulated { get; set; }
}

/// <summary>How the gateway presents itself to AWS. What is left out is looked for where AWS's own tools look.</summary>
public sealed class AwsOptions
{
    /// <summary>The region, such as <c>us-east-1</c>; null for that of the environment, of the profile or of the provider's address.</summary>
    public string? Region { get; set; }

    /// <summary>The name of an access key.</summary>
    public string? AccessKeyId { get; set; }

    /// <summary>Its secret.</summary>
    public string? SecretAccessKey { get; set; }

    /// <summary>The token of temporary credentials; null for lasting ones.</summary>
    public string? SessionToken { get; set; }

    /// <summary>A profile of AWS's shared files to take the keys from; null for the one that the environment names.</summary>
    public string? Profile { get; set; }
}

/// <summary>One model of a provider.</summary>
public sealed class ModelOptions
{
    /// <summary>
    /// The model's name at the gateway, where it cannot be the key of its entry: .NET configuration splits keys at colons, so
    /// <c>llama3.2:1b</c> stands in a list of models with their names.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>The model's name at the provider; null when it is the same.</summary>
    public string? UpstreamName { get; set; }

    /// <summary>Context window in tokens (prompt and completion together); null when unknown. Ollama: sent as <c>num_ctx</c>. Anthropic: bounds <c>max_tokens</c> when the client sets none.</summary>
    public int? ContextLength { get; set; }
}

/// <summary>The four separate bounds of an upstream call.</summary>
public sealed class ProviderTimeouts
{
    /// <summary>Opening a connection, TLS included.</summary>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>From sending a streamed request to its first chunk; covers the loading of a model.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan FirstToken { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence between two chunks, or between two parts of a whole answer.</summary>
    /// <value>The default is 1 minute.</value>
    public TimeSpan Idle { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The whole call.</summary>
    /// <value>The default is 10 minutes.</value>
    public TimeSpan Total { get; set; } = TimeSpan.FromMinutes(10);
}
