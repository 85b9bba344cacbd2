using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using LlmGateway.Core.Resilience;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults;
using LlmGateway.ServiceDefaults.Webhooks;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Webhooks;

/// <summary>What came of one try.</summary>
/// <param name="IsDelivered">The receiver has it.</param>
/// <param name="Kind">What happened, from a closed set of names.</param>
/// <param name="Reason">The same for the job's owner; names no address.</param>
internal sealed record WebhookAnswer(bool IsDelivered, string Kind, string Reason)
{
    public int? Status { get; init; }

    /// <summary>There is no use in trying again.</summary>
    public bool IsFinal { get; init; }

    /// <summary>How long the receiver asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Sends one delivery and says what came of it. Never takes longer than the configured time.</summary>
internal sealed class WebhookSender : IDisposable
{
    private readonly HttpClient _client;
    private readonly IWebhookTargets _targets;
    private readonly WebhookSigner _signer;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;

    public WebhookSender(WebhookConnector connector, IWebhookTargets targets, WebhookSigner signer, IOptions<WebhookOptions> options, TimeProvider time)
    {
        _client = new HttpClient(connector.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        _targets = targets;
        _signer = signer;
        _options = options.Value;
        _time = time;
    }

    /// <exception cref="OperationCanceledException">The token fired; whether the receiver has it is not known.</exception>
    public async Task<WebhookAnswer> SendAsync(DueWebhook due, CancellationToken cancellationToken)
    {
        var job = due.Job;
        // Looked at again: the rules may have changed since the job was accepted.
        if (_targets.Refusal(job.WebhookUrl ?? "") is { } refusal)
        {
            return new WebhookAnswer(false, "refused", char.ToUpperInvariant(refusal[0]) + refusal[1..]) { IsFinal = true };
        }

        using var span = WebhookTelemetry.Start(job, new Uri(job.WebhookUrl!));
        var started = _time.GetTimestamp();
        var answer = await PostAsync(due, cancellationToken);
        WebhookTelemetry.Took(_time.GetElapsedTime(started), answer.IsDelivered);
        WebhookTelemetry.End(span, answer);
        return answer;
    }

    public void Dispose() => _client.Dispose();

    private async Task<WebhookAnswer> PostAsync(DueWebhook due, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var request = Request(due);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return Judge(response);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer(false, "timeout", string.Create(CultureInfo.InvariantCulture, $"The receiver did not answer within {_options.Timeout.TotalSeconds:0.###} s."));
        }
        catch (HttpRequestException e)
        {
            return Judge(e);
        }
    }

    private HttpRequestMessage Request(DueWebhook due)
    {
        var job = due.Job;
        var body = WebhookPayload.Write(due);
        var id = WebhookPayload.IdOf(job);
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, job.WebhookUrl) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "LlmGateway/" + ProductVersion.Text);
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", _signer.Sign(job.ApiKeyId ?? "", id, timestamp, body));
        return request;
    }

    private WebhookAnswer Judge(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
        {
            return new WebhookAnswer(true, "delivered", "") { Status = status };
        }

        var reason = status switch
        {
            >= 300 and < 400 => $"The receiver answered with status {status}; redirects are not followed.",
            _ => $"The receiver answered with status {status}.",
        };
        return new WebhookAnswer(false, status.ToString(CultureInfo.InvariantCulture), reason)
        {
            Status = status,
            IsFinal = response.StatusCode == HttpStatusCode.Gone,
            RetryAfter = RetryAfterHeader.Read(response.Headers, _time),
        };
    }

    /// <summary>The exception's own words name addresses.</summary>
    private static WebhookAnswer Judge(HttpRequestException e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressRefusedException:
                    return new WebhookAnswer(false, "refused", "The receiver's host leads to an address that may not be called.");
                case AuthenticationException:
                    return new WebhookAnswer(false, "tls", "No secure connection to the receiver could be made; its certificate may not be valid.");
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return new WebhookAnswer(false, "name", "The name of the receiver's host could not be resolved.");
            }
        }

        return e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            ? new WebhookAnswer(false, "connect", "The receiver could not be reached.")
            : new WebhookAnswer(false, "broken", "The connection to the receiver broke, or its answer was no HTTP.");
    }
}
