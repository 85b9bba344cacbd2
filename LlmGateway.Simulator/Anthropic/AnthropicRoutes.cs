using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Anthropic;

internal static class AnthropicRoutes
{
    private const string VersionHeader = "anthropic-version";

    public static void MapAnthropic(this IEndpointRouteBuilder endpoints, ExchangeFactory factory)
    {
        var dialect = AnthropicDialect.Instance;
        endpoints.MapPost("/v1/messages", factory.Handle(dialect, MessagesEndpoint.HandleAsync));
        endpoints.MapPost("/v1/messages/count_tokens", factory.Handle(dialect, MessagesEndpoint.CountAsync));
        endpoints.Map("/v1/messages/{**rest}", factory.Handle(dialect, Refuse));
    }

    /// <summary>For paths that OpenAI's wire has too: who sends Anthropic's version speaks Anthropic's wire.</summary>
    public static RequestDelegate OrOpenAI(ExchangeFactory factory, Func<Exchange, Task> handler, RequestDelegate openAI)
    {
        var anthropic = factory.Handle(AnthropicDialect.Instance, handler);
        return http => http.Request.Headers.ContainsKey(VersionHeader) ? anthropic(http) : openAI(http);
    }

    private static Task Refuse(Exchange exchange)
    {
        var path = exchange.Http.Request.Path.Value!.TrimEnd('/');
        var isKnown = path is "/v1/messages" or "/v1/messages/count_tokens";
        if (isKnown) exchange.Http.Response.Headers.Allow = "POST";
        throw new SimulatorException(isKnown ? 405 : 404, isKnown ? "Method Not Allowed" : "Not found", "invalid_request_error");
    }
}
