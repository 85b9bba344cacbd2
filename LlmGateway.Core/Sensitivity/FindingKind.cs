namespace LlmGateway.Core.Sensitivity;

/// <summary>
/// What can be found. The name is what reasons show; the weight is how sure it makes that the content is sensitive: 0.9 and more for
/// what has a form or check digit of its own, so that one is enough; about a half for contact data and random-looking strings, which
/// ordinary texts hold too, so that it takes several.
/// </summary>
internal sealed class FindingKind
{
    private static readonly List<FindingKind> Kinds = [];

    public static readonly FindingKind Keyword = new("keyword", 0);

    // :: Secrets
    public static readonly FindingKind PrivateKey = new("private_key", 0.95);
    public static readonly FindingKind AwsAccessKey = new("aws_access_key", 0.95);
    public static readonly FindingKind GitHubToken = new("github_token", 0.95);
    public static readonly FindingKind GitLabToken = new("gitlab_token", 0.95);
    public static readonly FindingKind SlackToken = new("slack_token", 0.95);
    public static readonly FindingKind StripeKey = new("stripe_key", 0.95);
    public static readonly FindingKind OpenAIKey = new("openai_key", 0.95);
    public static readonly FindingKind AnthropicKey = new("anthropic_key", 0.95);
    public static readonly FindingKind GatewayKey = new("gateway_key", 0.95);
    public static readonly FindingKind GoogleKey = new("google_key", 0.95);
    public static readonly FindingKind NpmToken = new("npm_token", 0.95);
    public static readonly FindingKind PyPiToken = new("pypi_token", 0.95);
    public static readonly FindingKind HuggingFaceToken = new("hugging_face_token", 0.95);
    public static readonly FindingKind SendGridKey = new("sendgrid_key", 0.95);
    public static readonly FindingKind TwilioKey = new("twilio_key", 0.9);
    public static readonly FindingKind AccessToken = new("access_token", 0.95);
    public static readonly FindingKind Jwt = new("jwt", 0.9);
    public static readonly FindingKind AzureKey = new("azure_key", 0.95);
    public static readonly FindingKind ConnectionString = new("connection_string", 0.9);
    public static readonly FindingKind Credential = new("credential", 0.8);
    public static readonly FindingKind HighEntropy = new("high_entropy", 0.4);

    // :: Personal data
    public static readonly FindingKind Email = new("email", 0.45);
    public static readonly FindingKind PhoneNumber = new("phone_number", 0.5);
    public static readonly FindingKind Iban = new("iban", 0.9);
    public static readonly FindingKind CardNumber = new("card_number", 0.9);
    public static readonly FindingKind UsSsn = new("us_ssn", 0.9);
    public static readonly FindingKind DeSteuerId = new("de_steuer_id", 0.9);
    public static readonly FindingKind UkNino = new("uk_nino", 0.9);
    public static readonly FindingKind FrNir = new("fr_nir", 0.9);
    public static readonly FindingKind EsDni = new("es_dni", 0.9);
    public static readonly FindingKind ItCodiceFiscale = new("it_codice_fiscale", 0.9);
    public static readonly FindingKind NlBsn = new("nl_bsn", 0.9);
    public static readonly FindingKind PlPesel = new("pl_pesel", 0.9);
    public static readonly FindingKind ChAhv = new("ch_ahv", 0.9);

    // :: What cannot be read
    public static readonly FindingKind Image = new("image", 1);
    public static readonly FindingKind UnreadableInput = new("unreadable_input", 1);

    private FindingKind(string name, double weight)
    {
        (Name, Weight, Index) = (name, weight, Kinds.Count);
        Kinds.Add(this);
    }

    public static IReadOnlyList<FindingKind> All => Kinds;

    public string Name { get; }

    /// <summary>What one finding counts when nothing is configured. Keywords have weights of their own.</summary>
    public double Weight { get; }

    public int Index { get; }

    /// <summary>The kind of that name; null when there is none whose weight could be set.</summary>
    public static FindingKind? Find(string name) => Kinds.Find(k => k != Keyword && k.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
