using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Tests.Bedrock;

/// <summary>Where credentials come from, seen in what goes over the wire.</summary>
public sealed class CredentialSourceTests : BedrockFixture
{
    private const string Role = """{"Code":"Success","AccessKeyId":"AKIDROLE","SecretAccessKey":"s","Token":"role-token","Expiration":"2026-01-01T06:00:00Z"}""";

    private readonly string _home = Directory.CreateTempSubdirectory("bedrock-").FullName;
    private readonly ScriptedServer _source = new();

    public override Task InitializeAsync()
    {
        Options.Aws.AccessKeyId = Options.Aws.SecretAccessKey = null;
        Variables["HOME"] = _home;
        return Task.CompletedTask;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _source.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Variables_AreUsed()
    {
        Set(("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "env-token"));

        Assert.Equal(("AKIDENV", "env-token"), await UsedAsync());
    }

    [Fact]
    public async Task BearerVariable_GoesBeforeOtherVariables_ButNotBeforeOwnKeys()
    {
        Set(("AWS_BEARER_TOKEN_BEDROCK", "bearer-1"), ("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "s"));
        Start();
        await SentAsync(Ask());
        Assert.Equal("Bearer bearer-1", Server.Requests[^1].Header("Authorization"));

        (Options.Aws.AccessKeyId, Options.Aws.SecretAccessKey) = ("AKIDOWN", "s");
        Assert.Equal("AKIDOWN", (await UsedAsync()).Key);
    }

    [Theory]
    [InlineData(null, "AKIDDEFAULT", null)]
    [InlineData("work", "AKIDWORK", "work-token")]
    public async Task SharedFiles_AreUsed(string? profile, string key, string? token)
    {
        Write("credentials", "# a comment\n[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key=s\n\n[ work ]\naws_access_key_id=AKIDOLD\n");
        Write("config", "[profile work]\nregion = eu-west-3\naws_secret_access_key = s\naws_session_token = work-token\ns3 =\n  region = nowhere\n");
        File.AppendAllText(Path.Combine(_home, ".aws", "credentials"), "aws_access_key_id = AKIDWORK\n");
        Variables["AWS_PROFILE"] = profile;
        Options.Aws.Region = null;
        Variables["AWS_REGION"] = profile is null ? "eu-central-1" : null;

        Assert.Equal((key, token), await UsedAsync(profile is null ? "eu-central-1" : "eu-west-3"));
    }

    [Fact]
    public async Task ConfiguredProfile_AndNamedFile_AreUsed()
    {
        var file = Path.Combine(_home, "mine");
        File.WriteAllText(file, "[other]\naws_access_key_id=AKIDOTHER\naws_secret_access_key=s\n");
        Set(("AWS_SHARED_CREDENTIALS_FILE", file), ("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "s"));
        Options.Aws.Profile = "other";

        Assert.Equal("AKIDOTHER", (await UsedAsync()).Key);
    }

    [Fact]
    public async Task ChangedFile_IsReadAgain()
    {
        Write("credentials", "[default]\naws_access_key_id=AKIDFIRST\naws_secret_access_key=s\n");
        Assert.Equal("AKIDFIRST", (await UsedAsync()).Key);
        Write("credentials", "[default]\naws_access_key_id=AKIDSECOND\naws_secret_access_key=s\n");
        Time.Advance(TimeSpan.FromMinutes(10));

        await SentAsync(Ask());

        Assert.Equal("AKIDSECOND", Used("eu-central-1").Key);
    }

    [Fact]
    public async Task NamedProfileWithoutKeys_IsTold()
    {
        Set(("AWS_PROFILE", "gone"));
        Start();

        var error = await RefusedAsync(Ask());

        Assert.Equal(GatewayErrorCode.UpstreamCredentials, error.Code);
        Assert.Contains("profile 'gone'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task NoCredentials_AreTold()
    {
        Start();

        var error = await RefusedAsync(Ask());

        Assert.Equal(GatewayErrorCode.UpstreamCredentials, error.Code);
        Assert.Contains("no AWS credentials", error.Message, StringComparison.Ordinal);
        Assert.Empty(Server.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ContainersRole_IsUsed(bool tokenInFile)
    {
        var file = Path.Combine(_home, "token");
        File.WriteAllText(file, "Basic abc\n");
        Set(("AWS_CONTAINER_CREDENTIALS_FULL_URI", _source.BaseUrl + "/role?id=1"));
        Set(tokenInFile ? ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file) : ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"));
        _source.Then(Role);

        Assert.Equal(("AKIDROLE", "role-token"), await UsedAsync());
        Assert.Equal(("/role?id=1", "Basic abc"), (_source.Only.Path, _source.Only.Header("Authorization")));
    }

    [Theory]
    [InlineData("http://example.com/role")]
    [InlineData("ftp://127.0.0.1/role")]
    [InlineData("nonsense")]
    public async Task ContainersToken_GoesToNoStranger(string address)
    {
        Set(("AWS_CONTAINER_CREDENTIALS_FULL_URI", address), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret"));
        Start();

        var error = await RefusedAsync(Ask());

        Assert.Contains("AWS_CONTAINER_CREDENTIALS_FULL_URI", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", 200)]
    [InlineData("not json", 200)]
    [InlineData("{}", 500)]
    public async Task SourceThatGivesNone_IsTold(string body, int status)
    {
        Set(("AWS_CONTAINER_CREDENTIALS_FULL_URI", _source.BaseUrl + "/role"));
        _source.Then(body, status);
        Start();

        var error = await RefusedAsync(Ask());

        Assert.Equal(GatewayErrorCode.UpstreamCredentials, error.Code);
        Assert.Contains("container's credential service", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_source.BaseUrl, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InstancesRole_IsUsed_WithAToken()
    {
        Set(("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", _source.BaseUrl));
        _source.On("/latest/api/token", c => c.SendAsync(
                c.Request.Method == "PUT" && c.Request.Header("X-aws-ec2-metadata-token-ttl-seconds") == "21600"
                    ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntok1" : "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"))
            .Then("my-role\n", contentType: "text/plain").Then(Role);

        Assert.Equal(("AKIDROLE", "role-token"), await UsedAsync());
        Assert.Equal(
            ["/latest/api/token", "/latest/meta-data/iam/security-credentials/", "/latest/meta-data/iam/security-credentials/my-role"], _source.Requests.Select(r => r.Path));
        Assert.All(_source.Requests.Skip(1), r => Assert.Equal("tok1", r.Header("X-aws-ec2-metadata-token")));
    }

    [Fact]
    public async Task InstanceWithoutARole_IsTold()
    {
        Set(("AWS_EC2_METADATA_DISABLED", null), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", _source.BaseUrl));
        _source.Then("tok1", contentType: "text/plain").Then("", 404);
        Start();

        Assert.Contains("has no role", (await RefusedAsync(Ask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebIdentity_IsExchanged()
    {
        var file = Path.Combine(_home, "jwt");
        File.WriteAllText(file, "a.b.c\n");
        Set(("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"), ("AWS_WEB_IDENTITY_TOKEN_FILE", file), ("AWS_ENDPOINT_URL_STS", _source.BaseUrl));
        _source.Then(
            """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
              <Credentials><SessionToken>role-token</SessionToken><SecretAccessKey>s</SecretAccessKey><Expiration>2026-01-01T01:00:00Z</Expiration><AccessKeyId>AKIDROLE</AccessKeyId></Credentials>
            </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
            """, contentType: "text/xml");

        Assert.Equal(("AKIDROLE", "role-token"), await UsedAsync());
        Assert.Equal(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx&RoleSessionName=llm-gateway&WebIdentityToken=a.b.c", _source.Only.Text);
    }

    [Theory]
    [InlineData("<a>")]
    [InlineData("<a/>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")]
    public async Task ExchangeThatGivesNone_IsTold(string xml)
    {
        var file = Path.Combine(_home, "jwt");
        File.WriteAllText(file, "a.b.c\n");
        Set(("AWS_ROLE_ARN", "arn"), ("AWS_WEB_IDENTITY_TOKEN_FILE", file), ("AWS_ENDPOINT_URL_STS", _source.BaseUrl));
        _source.Then(xml, contentType: "text/xml");
        Start();

        Assert.Contains("token service", (await RefusedAsync(Ask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceThatIsAway_IsTold()
    {
        Set(("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/role"));
        Start();

        Assert.Contains("cannot be reached", (await RefusedAsync(Ask())).Message, StringComparison.Ordinal);
    }

    private void Set(params (string Name, string? Value)[] variables)
    {
        foreach (var (name, value) in variables)
        {
            Variables[name] = value;
        }
    }

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.Combine(_home, ".aws"));
        File.WriteAllText(Path.Combine(_home, ".aws", file), text);
    }

    /// <summary>Makes a call and tells which key it was signed with, and the token that came along.</summary>
    private async Task<(string Key, string? Token)> UsedAsync(string region = "eu-central-1")
    {
        Start();
        await SentAsync(Ask());
        return Used(region);
    }

    private (string Key, string? Token) Used(string region)
    {
        var request = Server.Requests[^1];
        var credential = request.Header("Authorization")!.Split("Credential=")[1].Split('/');
        Assert.Equal(region, credential[2]);
        return (credential[0], request.Header("x-amz-security-token"));
    }
}
