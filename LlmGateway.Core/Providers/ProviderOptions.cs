using LlmGateway.Core.Sensitivity;
using LlmGateway.Settings.Reading;

namespace LlmGateway.Core.Providers;

/// <summary>One entry under <c>Providers</c> in the configuration.</summary>
public sealed class ProviderOptions
{
    /// <summary>Wire dialect: <c>openai</c> for OpenAI and every compatible server that has no type of its own, <c>vllm</c>, <c>grok</c> (also <c>xai</c>), <c>ollama</c>, <c>anthropic</c>, <c>bedrock</c> or <c>bedrock-proxy</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>Root of the provider's API, such as <c>http://gpu-1:8000/v1</c> or <c>http://localhost:11434</c>. OpenAI, xAI and Anthropic have one that need not be told.</summary>
    public string BaseUrl { get; set; } = "";

    /// <summary>
    /// Several servers of one provider, by name, instead of <see cref="BaseUrl"/>: a fleet of Ollama or vLLM nodes. The name is that of
    /// the node at the model manager.
    /// </summary>
    public Dictionary<string, EndpointOptions> Endpoints { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>Sent as a bearer token, to Anthropic as <c>x-api-key</c>; null for servers that ask for none. Bedrock: used instead of <see cref="Aws"/>.</summary>
    [Secret]
    public string? ApiKey { get; set; }

    /// <summary>Further keys, used in turn with <see cref="ApiKey"/>: when the provider refuses one or limits its rate, the next is tried.</summary>
    [Secret]
    public List<string> ApiKeys { get; private set; } = [];

    public CredentialOptions Credentials { get; set; } = new();

    /// <summary>Further headers of every call.</summary>
    [Secret]
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>Models that are served whether or not the provider lists them, by their name at the gateway.</summary>
    public Dictionary<string, ModelOptions> Models { get; } = new(StringComparer.Ordinal);

    /// <summary>Also serve the models that the provider lists.</summary>
    /// <value>The default is true.</value>
    public bool Discover { get; set; } = true;

    /// <summary>vLLM: pass on addresses of pictures and other media, which the server then fetches from where it stands.</summary>
    /// <value>The default is false: such media must be in the request, as <c>data:</c> URLs.</value>
    public bool AllowRemoteMedia { get; set; }

    public ProviderTimeouts Timeouts { get; set; } = new();

    /// <summary>
    /// Ask for a stream where the client wants a whole answer, and put the answer together out of it: then the bounds of streams hold, and a
    /// server that has died is noticed within <see cref="ProviderTimeouts.FirstToken"/> or <see cref="ProviderTimeouts.Idle"/>.
    /// </summary>
    /// <value>The default is false.</value>
    public bool StreamWholeAnswers { get; set; }

    /// <summary>Who may see what: sensitive content goes to <c>High</c> only. Null takes the dialect's own: <c>High</c> for servers on own machines and for Bedrock, else <c>Medium</c>.</summary>
    public SecurityLevel? SecurityLevel { get; set; }

    /// <summary>Providers with a lower number are asked first.</summary>
    /// <value>The default is 0.</value>
    public int Priority { get; set; }

    /// <summary>The share of requests among providers of one model, for the strategies <c>weighted</c> and <c>least-busy</c>.</summary>
    /// <value>The default is 1.</value>
    public double Weight { get; set; } = 1;

    /// <summary>Calls to one model that run at once; null for any number.</summary>
    public int? MaxConcurrency { get; set; }

    /// <summary>Bedrock: the region and what requests are signed with.</summary>
    public AwsOptions Aws { get; set; } = new();

    /// <summary>Ollama: how long a model stays loaded after a call, in Ollama's notation (<c>5m</c>, <c>-1</c>); null leaves it to the server.</summary>
    public string? KeepAlive { get; set; }

    /// <summary>Ollama: the longest time for which a request may ask with <c>keep_alive</c>; zero for none.</summary>
    /// <value>The default is 1 hour.</value>
    public TimeSpan MaxKeepAlive { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The simulated provider of a host without real models; told apart in start-up messages.</summary>
    public bool Simulated { get; set; }

    /// <summary>Every key once, in the order of the configuration.</summary>
    public string[] DistinctKeys() => [.. ApiKeys.Prepend(ApiKey).OfType<string>().Where(k => k.Length > 0).Distinct(StringComparer.Ordinal)];

    /// <summary>The same provider at one of its endpoints.</summary>
    internal ProviderOptions At(EndpointOptions endpoint)
    {
        var options = (ProviderOptions)MemberwiseClone();
        options.Endpoints = [];
        options.BaseUrl = endpoint.BaseUrl;
        if (endpoint.ApiKey is not null)
        {
            (options.ApiKey, options.ApiKeys) = (endpoint.ApiKey, []);
        }

        options.Priority = endpoint.Priority ?? Priority;
        options.Weight = endpoint.Weight ?? Weight;
        options.MaxConcurrency = endpoint.MaxConcurrency ?? MaxConcurrency;
        return options;
    }
}

/// <summary>One of several servers of a provider. What is null is as the provider says.</summary>
public sealed class EndpointOptions
{
    /// <summary>Root of this server's API.</summary>
    public string BaseUrl { get; set; } = "";

    [Secret]
    public string? ApiKey { get; set; }

    public int? Priority { get; set; }

    public double? Weight { get; set; }

    public int? MaxConcurrency { get; set; }
}

/// <summary>How long a provider's key is left out of the turn when the provider does not take it. Of a single key none of this holds.</summary>
public sealed class CredentialOptions
{
    /// <summary>The rest of a key that the provider has refused (401, 402); doubles with each further refusal.</summary>
    /// <value>The default is 1 minute.</value>
    public TimeSpan RestAfterRejection { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The rest of a key whose rate is limited (429) by a provider that does not say for how long; doubles each time, up to a minute.</summary>
    /// <value>The default is 5 seconds.</value>
    public TimeSpan RestAfterRateLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest rest, whatever the provider says.</summary>
    /// <value>The default is 15 minutes.</value>
    public TimeSpan LongestRest { get; set; } = TimeSpan.FromMinutes(15);
}

/// <summary>How the gateway presents itself to AWS. What is left out is looked for where AWS's own tools look.</summary>
public sealed class AwsOptions
{
    /// <summary>The region, such as <c>us-east-1</c>; null for that of the environment, of the profile or of the provider's address.</summary>
    public string? Region { get; set; }

    /// <summary>The name of an access key.</summary>
    public string? AccessKeyId { get; set; }

    /// <summary>Its secret.</summary>
    [Secret]
    public string? SecretAccessKey { get; set; }

    /// <summary>The token of temporary credentials; null for lasting ones.</summary>
    [Secret]
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

    /// <summary>What it can do: <c>chat</c>, <c>completions</c>, <c>embeddings</c>, <c>tools</c>, <c>vision</c>, <c>json_schema</c>. Empty when unknown: then everything is tried.</summary>
    public List<string> Capabilities { get; } = [];

    /// <summary>Null when unknown; models on own machines are free then.</summary>
    public PriceOptions? Prices { get; set; }

    /// <summary>Null takes the provider's.</summary>
    public SecurityLevel? SecurityLevel { get; set; }

    /// <summary>Null takes the provider's.</summary>
    public int? Priority { get; set; }

    /// <summary>Null takes the provider's.</summary>
    public double? Weight { get; set; }

    /// <summary>Null takes the provider's.</summary>
    public int? MaxConcurrency { get; set; }
}

/// <summary>Prices of a model in US dollars per million tokens.</summary>
public sealed class PriceOptions
{
    public decimal Input { get; set; }

    public decimal Output { get; set; }

    /// <summary>Null when cached tokens cost as much as others.</summary>
    public decimal? CachedInput { get; set; }

    /// <summary>Tokens written into the provider's prompt cache; null for 1.25 times <see cref="Input"/>, as Anthropic has it.</summary>
    public decimal? CacheWrite { get; set; }

    /// <summary>Those that are kept there for an hour; null for twice <see cref="Input"/>.</summary>
    public decimal? LongCacheWrite { get; set; }

    /// <summary>Null when hidden reasoning costs as much as the rest of the answer.</summary>
    public decimal? Reasoning { get; set; }
}

/// <summary>The separate bounds of an upstream call.</summary>
public sealed class ProviderTimeouts
{
    /// <summary>Opening a connection, TLS included.</summary>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>From sending a streamed request to its first chunk; covers the loading of a model.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan FirstToken { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>From sending a request that is not streamed to the first bytes of its answer, which most servers send when it is whole.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan FirstByte { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence between two chunks, or between two parts of a whole answer.</summary>
    /// <value>The default is 1 minute.</value>
    public TimeSpan Idle { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stream that has told every finish reason and its token counts may stay open without <c>[DONE]</c>; then it is whole.</summary>
    /// <value>The default is 1 second.</value>
    public TimeSpan StreamEnd { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The whole call.</summary>
    /// <value>The default is 10 minutes.</value>
    public TimeSpan Total { get; set; } = TimeSpan.FromMinutes(10);
}
