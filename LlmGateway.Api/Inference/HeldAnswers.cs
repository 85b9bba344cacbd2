using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Core.Errors;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Inference;

/// <summary>
/// Bounds what whole answers take in memory while their clients read them, however slowly: together and for each key. Beyond that a request
/// is answered with 503.
/// </summary>
internal sealed class HeldAnswers(IOptions<ServerOptions> options)
{
    private static readonly GatewayError Full = new(
        GatewayErrorCode.Overloaded, "The gateway holds too many answers that are being read slowly (Server:MaxBufferedResponseBytes).") { RetryAfter = TimeSpan.FromSeconds(1) };

    private readonly HeldBytes _held = new(options.Value.MaxBufferedResponseBytes);

    /// <summary>Bytes that are held now.</summary>
    public long All => _held.All;

    /// <summary>Writes an answer of so many bytes, or says why not.</summary>
    public async ValueTask SendAsync<TState>(HttpContext context, long bytes, TState state, Func<HttpContext, TState, ValueTask> write)
    {
        if (!_held.TryTake(context, bytes))
        {
            await ErrorResponse.WriteAsync(context, Full);
            return;
        }

        try
        {
            await write(context, state);
        }
        finally
        {
            _held.GiveBack(context, bytes);
        }
    }
}
