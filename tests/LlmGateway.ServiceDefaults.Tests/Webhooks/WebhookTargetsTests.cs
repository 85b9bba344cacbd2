using LlmGateway.ServiceDefaults.Webhooks;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Webhooks;

public class WebhookTargetsTests
{
    [Theory]
    [InlineData("https://example.com/hook")]
    [InlineData("HTTPS://Example.COM:8443/hook?token=a%20b")]
    [InlineData("https://example.com./hook")]
    [InlineData("https://bücher.example/hook")]
    [InlineData("https://8.8.8.8/hook")]
    [InlineData("https://[2606:4700::1111]/hook")]
    [InlineData("https://example.com")]
    [InlineData("https://my_hooks.example.com/@user")]
    public void PublicUrls_AreAccepted(string url) => Assert.Null(Targets().Refusal(url));

    [Theory]
    // Schemes, and what is no address at all
    [InlineData("")]
    [InlineData("hook")]
    [InlineData("/hook")]
    [InlineData("//example.com/hook")]
    [InlineData("https:/example.com/hook")]
    [InlineData("https:example.com/hook")]
    [InlineData("https:///hook")]
    [InlineData("http://example.com/hook")]
    [InlineData("ftp://example.com/hook")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.com:70/")]
    [InlineData("javascript:alert(1)")]
    [InlineData(" https://example.com/hook")]
    [InlineData("https://example.com/ho ok")]
    [InlineData("https://example.com/\r\nx: y")]
    [InlineData("https://example.com/hook#part")]
    [InlineData("https://example.com\\@127.0.0.1/")]
    [InlineData("https:\\\\example.com\\hook")]
    // User info
    [InlineData("https://user@example.com/")]
    [InlineData("https://user:password@example.com/")]
    [InlineData("https://example.com@127.0.0.1/")]
    [InlineData("https://@example.com/")]
    // IPv4 in its many spellings
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://127.1/")]
    [InlineData("https://127.0.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0x7f.0.0.1/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://017700000001/")]
    [InlineData("https://0/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("https://127。0。0。1/")]
    [InlineData("https://１２７.0.0.1/")]
    [InlineData("https://①②⑦.0.0.1/")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://0xa9fea9fe/")]
    [InlineData("https://2852039166/")]
    [InlineData("https://10.0.0.1:8443/")]
    [InlineData("https://256.256.256.256/")]
    [InlineData("https://1.2.3.4.5/")]
    [InlineData("https://example.0x7f/")]
    [InlineData("https://127%2e0%2e0%2e1/")]
    // IPv6
    [InlineData("https://[::1]/")]
    [InlineData("https://[0:0:0:0:0:0:0:1]/")]
    [InlineData("https://[::]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[::127.0.0.1]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[2002:7f00:1::]/")]
    [InlineData("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("https://[fd00:ec2::254]/")]
    // Names
    [InlineData("https://localhost/")]
    [InlineData("https://LOCALHOST:8443/")]
    [InlineData("https://localhost./")]
    [InlineData("https://a.localhost/")]
    [InlineData("https://localhost.localdomain/")]
    [InlineData("https://ip6-localhost/")]
    [InlineData("https://redis:6379/")]
    [InlineData("https://metadata.google.internal/")]
    [InlineData("https://printer.local/")]
    [InlineData("https://router.home.arpa/")]
    [InlineData("https://example..com/")]
    [InlineData("https://example.com../")]
    [InlineData("https://./")]
    // Ports
    [InlineData("https://example.com:0/")]
    [InlineData("https://example.com:65536/")]
    public void HostileUrls_AreRefused(string url) => Assert.NotNull(Targets().Refusal(url));

    [Fact]
    public void Length_IsBounded()
    {
        Assert.Null(Targets().Refusal("https://example.com/" + new string('a', 2028)));
        Assert.NotNull(Targets().Refusal("https://example.com/" + new string('a', 2029)));
    }

    [Fact]
    public void WithoutASigningKey_EverythingIsRefused() =>
        Assert.Contains("no key to sign", Targets(o => o.SigningKey = null).Refusal("https://example.com/"), StringComparison.Ordinal);

    [Fact]
    public void Http_IsAcceptedWhereItIsAllowed()
    {
        Assert.Null(Targets(o => o.AllowHttp = true).Refusal("http://example.com/"));
        Assert.NotNull(Targets(o => o.AllowHttp = true).Refusal("ws://example.com/"));
    }

    [Fact]
    public void AllowedNetworks_AdmitTheirAddressesAndLocalNames()
    {
        var targets = Targets(o => o.AllowedNetworks.Add("10.1.0.0/16"));
        Assert.Null(targets.Refusal("https://10.1.2.3/"));
        Assert.Null(targets.Refusal("https://receiver:8443/"));
        Assert.NotNull(targets.Refusal("https://10.2.0.1/"));
        Assert.NotNull(targets.Refusal("https://127.0.0.1/"));
    }

    [Theory]
    [InlineData("https://hooks.example.com/", true)]
    [InlineData("https://a.b.example.org/", true)]
    [InlineData("https://example.org/", false)]
    [InlineData("https://evilexample.org/", false)]
    [InlineData("https://hooks.example.com.evil.net/", false)]
    [InlineData("https://hooks.example.com:444/", false)]
    public void AllowedHostsAndPorts_AreTheOnlyOnes(string url, bool accepted)
    {
        var targets = Targets(o =>
        {
            o.AllowedHosts.AddRange(["Hooks.Example.com", "*.example.org"]);
            o.AllowedPorts.Add(443);
        });
        Assert.Equal(accepted, targets.Refusal(url) is null);
    }

    [Fact]
    public void AllowedHost_IsNoWayAroundTheAddressRules() =>
        Assert.NotNull(Targets(o => o.AllowedHosts.Add("127.0.0.1")).Refusal("https://127.0.0.1/"));

    private static WebhookTargets Targets(Action<WebhookOptions>? change = null)
    {
        var options = new WebhookOptions { SigningKey = new string('k', 32) };
        change?.Invoke(options);
        return new WebhookTargets(Options.Create(options));
    }
}
