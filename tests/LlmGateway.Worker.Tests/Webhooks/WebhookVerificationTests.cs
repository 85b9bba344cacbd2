using LlmGateway.TestSupport;

namespace LlmGateway.Worker.Tests.Webhooks;

public class WebhookVerificationTests
{
    [Fact]
    public async Task TheDocumentedCode_AcceptsARealDelivery_AndNoChangedOne()
    {
        await using var harness = await DeliveryHarness.StartAsync(o => o.PreviousSigningKeys.Add(new string('p', 32)));
        harness.Add("job-1", result: """{"text":"Grüße 🌍"}"""u8.ToArray());
        var received = await harness.ReceivedAsync();
        var output = await NodeRunner.RunAsync(
            "webhook-verify.mjs",
            [harness.Signer.SecretOf(DeliveryHarness.KeyId)!, received.Id, received.Timestamp, received.Signature, Convert.ToBase64String(received.Body)]);
        Assert.Equal("job.completed", output.Trim());
    }
}
