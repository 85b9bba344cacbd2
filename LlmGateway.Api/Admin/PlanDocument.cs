using System.Text.Json;
using LlmGateway.Api.Providers;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;

namespace LlmGateway.Api.Admin;

/// <summary>The answer of <c>POST /admin/routing/explain</c>. Times are in seconds, prices in US dollars.</summary>
internal static class PlanDocument
{
    public static void Write(Utf8JsonWriter json, GatewayRequest request, RoutePlan plan, RoutingOptions options)
    {
        json.WriteStartObject();
        json.WriteString("model"u8, request.View.Model);
        json.WriteString("strategy"u8, plan.Strategy);
        json.WriteNumber("estimatedPromptTokens"u8, Router.EstimatePromptTokens(request.View));
        json.WriteStartArray("needs"u8);
        foreach (var name in CapabilityNames.Names(CapabilityNames.Needed(request.View)))
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        WriteSensitivity(json, request);
        json.WriteStartArray("candidates"u8);
        foreach (var candidate in plan.Candidates)
        {
            WriteCandidate(json, request, candidate, options);
        }

        json.WriteEndArray();
        json.WriteStartArray("rejected"u8);
        foreach (var rejection in plan.Rejected)
        {
            json.WriteStartObject();
            WriteNames(json, rejection.Target);
            json.WriteString("reason"u8, rejection.Reason);
            WriteNumber(json, "retryAfter", rejection.RetryAfter?.TotalSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteRefusal(json, Router.Refusal(request, plan));
        json.WriteEndObject();
    }

    private static void WriteSensitivity(Utf8JsonWriter json, GatewayRequest request)
    {
        var verdict = request.Sensitivity;
        json.WriteStartObject("sensitivity"u8);
        json.WriteBoolean("sensitive"u8, verdict.IsSensitive);
        json.WriteNumber("score"u8, verdict.Score);
        json.WriteString("requiredLevel"u8, ProvidersApi.Text(verdict.Required));
        json.WriteStartArray("reasons"u8);
        foreach (var reason in verdict.Reasons)
        {
            json.WriteStringValue(reason);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCandidate(Utf8JsonWriter json, GatewayRequest request, Candidate candidate, RoutingOptions options)
    {
        var target = candidate.Target;
        var state = target.State;
        json.WriteStartObject();
        WriteNames(json, target);
        // A strategy may place a target first or last without a number.
        WriteNumber(json, "score", double.IsFinite(candidate.Score) && candidate.Score < double.MaxValue ? candidate.Score : null);
        WriteStep(json, candidate.Fallback);
        json.WriteNumber("priority"u8, target.Priority);
        json.WriteNumber("weight"u8, target.Weight);
        if (Router.EstimateCost(request.View, target) is { } cost)
        {
            json.WriteNumber("estimatedCost"u8, cost);
        }
        else
        {
            json.WriteNull("estimatedCost"u8);
        }

        WriteNumber(json, "latency", state.LatencySeconds);
        json.WriteNumber("running"u8, state.Running);
        json.WriteNumber("waiting"u8, state.Waiting);
        json.WriteString("circuit"u8, CircuitNames.Of(state, options));
        json.WriteNumber("coolDown"u8, state.RemainingCoolDown.TotalSeconds);
        json.WriteString("securityLevel"u8, ProvidersApi.Text(target.Security));
        WriteCapabilities(json, target.Capabilities);
        WriteNumber(json, "contextLength", target.ContextLength);
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, ModelTarget target)
    {
        json.WriteString("provider"u8, target.Group);
        json.WriteString("endpoint"u8, target.Provider.Name);
        json.WriteString("node"u8, target.Node);
        json.WriteString("model"u8, target.UpstreamName);
    }

    private static void WriteStep(Utf8JsonWriter json, FallbackOptions? step)
    {
        if (step is null)
        {
            json.WriteNull("fallback"u8);
            return;
        }

        json.WriteStartObject("fallback"u8);
        json.WriteString("model"u8, step.Model);
        WriteNumber(json, "maxTokens", step.MaxTokens);
        WriteNumber(json, "temperature", step.Temperature);
        WriteNumber(json, "timeout", step.Timeout?.TotalSeconds);
        json.WriteEndObject();
    }

    private static void WriteCapabilities(Utf8JsonWriter json, ModelCapabilities? capabilities)
    {
        if (capabilities is not { } known)
        {
            json.WriteNull("capabilities"u8);
            return;
        }

        json.WriteStartArray("capabilities"u8);
        foreach (var name in CapabilityNames.Names(known))
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    private static void WriteRefusal(Utf8JsonWriter json, GatewayError? error)
    {
        if (error is null)
        {
            json.WriteNull("refusal"u8);
            return;
        }

        json.WriteStartObject("refusal"u8);
        json.WriteNumber("status"u8, ErrorMapper.Status(error));
        json.WriteString("code"u8, ErrorMapper.Code(error));
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
