using LlmGateway.Api.Errors;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Files;

/// <summary>The way to the files that all endpoints share: a store that may be missing or away, and ids that may be anything.</summary>
internal sealed class FileAccess(IFileStore? store = null)
{
    private const int LongestId = 100;

    private static readonly System.Buffers.SearchValues<char> IdCharacters =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.");

    public static GatewayError NotFound { get; } = new(
        GatewayErrorCode.NotFound, "There is no such file. It may have been deleted or have expired, or belong to another API key.");

    private static GatewayError NoStore { get; } = new(
        GatewayErrorCode.DependencyUnavailable, "Files need a database, and this gateway has none: connection string 'gatewaydb' is not set.");

    private static GatewayError StoreAway { get; } = new(
        GatewayErrorCode.DependencyUnavailable, "The database of the files does not answer. Try again in a moment.") { RetryAfter = TimeSpan.FromSeconds(2) };

    public static Caller CallerOf(HttpContext context) => context.Features.Get<Caller>()!;

    /// <summary>The id in the path; null when no file can have it, so that it need not be looked for, whatever it holds.</summary>
    public static string? IdOf(HttpContext context) => context.Request.RouteValues["id"] is string id && IsPossible(id) ? id : null;

    public static bool IsPossible(string? id) => id is { Length: > 0 and <= LongestId } && !id.AsSpan().ContainsAnyExcept(IdCharacters);

    /// <summary>Runs <paramref name="handle"/>, whose result is an error to answer with, and answers where the store cannot.</summary>
    public async Task RunAsync(HttpContext context, Func<HttpContext, IFileStore, ValueTask<GatewayError?>> handle)
    {
        GatewayError? error;
        try
        {
            error = store is null ? NoStore : await handle(context, store);
        }
        catch (StoreUnavailableException) when (!context.Response.HasStarted)
        {
            error = StoreAway;
        }

        if (error is not null)
        {
            await ErrorResponse.WriteAsync(context, error);
        }
    }
}
