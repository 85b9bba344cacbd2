using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace LlmGateway.ServiceDefaults.Telemetry;

/// <summary>
/// The HTTP server's side of OpenTelemetry's semantic conventions (https://opentelemetry.io/docs/specs/semconv/http/): what ASP.NET
/// Core leaves out of its spans, and <c>http.server.request.duration</c>. ASP.NET Core's own instrument of that name took a tenth
/// of the gateway's processor time per request in measurements, so it is not listened to.
/// </summary>
internal sealed class HttpServerTelemetry(RequestDelegate next, TimeProvider time)
{
    public const string MeterName = "LlmGateway.Http";

    private static readonly Histogram<double> Duration = new Meter(MeterName).CreateHistogram(
        "http.server.request.duration", "s", "Duration of HTTP server requests.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300] });

    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        string? error = null;
        try
        {
            await next(context);
        }
        catch (Exception e)
        {
            error = e.GetType().FullName;
            throw;
        }
        finally
        {
            var status = error is null ? context.Response.StatusCode : StatusCodes.Status500InternalServerError;
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
            if (status >= StatusCodes.Status500InternalServerError)
            {
                error ??= status.ToString(CultureInfo.InvariantCulture);
            }

            if (Duration.Enabled)
            {
                Measure(context.Request.Method, route, status, error, time.GetElapsedTime(started));
            }

            if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span)
            {
                Describe(span, context, route, status, error);
            }
        }
    }

    private static void Measure(string method, string? route, int status, string? error, TimeSpan duration)
    {
        var tags = new TagList
        {
            { "http.request.method", KnownMethod(method) },
            // What clients invent must not make new series: an unknown path has no route.
            { "http.route", route ?? "" },
            { "http.response.status_code", status },
        };
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        Duration.Record(duration.TotalSeconds, tags);
    }

    private static string KnownMethod(string method) =>
        HttpMethods.IsPost(method) || HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method)
        || HttpMethods.IsPatch(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method) || HttpMethods.IsConnect(method)
            ? method
            : "_OTHER";

    private static void Describe(Activity span, HttpContext context, string? route, int status, string? error)
    {
        var method = KnownMethod(context.Request.Method);
        span.DisplayName = route is null ? method : $"{method} {route}";
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", status);
        span.SetTag("network.protocol.version", context.Request.Protocol is ['H', 'T', 'T', 'P', '/', .. var version] ? version : null);
        // What the client was told, and what the logs carry.
        span.SetTag("llm_gateway.request.id", context.TraceIdentifier);
        if (error is not null)
        {
            span.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
        }
    }
}
