using System.Globalization;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Faults;

/// <summary>Faults that come in place of an answer.</summary>
internal static class EarlyFaults
{
    private static readonly byte[] Page = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"u8.ToArray();

    public static async ValueTask StrikeAsync(Fault fault, Exchange exchange, AnswerTransport transport)
    {
        switch (fault.Kind)
        {
            case FaultKind.Reset:
                Connection.Reset(exchange.Http);
                break;
            case FaultKind.Stall:
                await Task.Delay(Timeout.InfiniteTimeSpan, exchange.Aborted);
                break;
            case FaultKind.Html:
                await transport.SendRawAsync(200, "text/html; charset=utf-8", Page);
                break;
            case FaultKind.ErrorBody:
                await exchange.WriteErrorAsync(200, ErrorFor(500, "error-body"));
                break;
            case FaultKind.Status:
                if (fault.RetryAfterSeconds is { } seconds)
                    exchange.Http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                if (fault.Body is { } body) await transport.SendRawAsync(fault.Code, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(body));
                else await exchange.WriteErrorAsync(fault.Code, ErrorFor(fault.Code, fault.Text));
                break;
        }

        throw new AnswerEndedException();
    }

    /// <summary>Types and codes as OpenAI pairs them with a status.</summary>
    public static SimulatorException ErrorFor(int status, string fault)
    {
        var (type, code) = status switch
        {
            401 => ("invalid_request_error", "invalid_api_key"),
            403 => ("invalid_request_error", "permission_denied"),
            404 => ("invalid_request_error", "model_not_found"),
            429 => ("requests", "rate_limit_exceeded"),
            >= 400 and < 500 => ("invalid_request_error", (string?)null),
            503 => ("server_error", "server_overloaded"),
            _ => ("server_error", null),
        };
        return new SimulatorException(status, $"Simulated fault ({fault}).", type, null, code);
    }
}
