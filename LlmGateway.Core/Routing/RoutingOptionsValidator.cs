using System.Globalization;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing.Strategies;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Routing;

/// <summary>Finds everything that is wrong with the <c>Routing</c> section at once, values shown.</summary>
internal sealed class RoutingOptionsValidator : IValidateOptions<RoutingOptions>
{
    private const int MostAttempts = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestBreak = TimeSpan.FromSeconds(0.5);

    public ValidateOptionsResult Validate(string? name, RoutingOptions options)
    {
        var errors = Check(options).Concat(Check(options.CircuitBreaker)).Concat(options.Fallbacks.SelectMany(f => Check(f.Key, f.Value))).ToArray();
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Check(RoutingOptions o)
    {
        if (!RoutingStrategies.IsKnown(o.Strategy))
        {
            yield return $"Routing:Strategy is '{o.Strategy}'; it must be one of: {string.Join(", ", RoutingStrategies.Names)}.";
        }

        if (StreamModes.Read(o.StreamMode) is null)
        {
            yield return $"Routing:StreamMode is '{o.StreamMode}'; it must be one of: {StreamModes.Names}.";
        }

        (string Name, double Value, double Least, double Most)[] numbers =
        [
            (nameof(o.MaxAttempts), o.MaxAttempts, 1, MostAttempts),
            (nameof(o.AttemptsPerTarget), o.AttemptsPerTarget, 1, MostAttempts),
            (nameof(o.RetryBudget), o.RetryBudget, 0, 10),
            (nameof(o.HoldBytes), o.HoldBytes, 1, int.MaxValue),
            (nameof(o.MaxBufferedBytes), o.MaxBufferedBytes, 1, int.MaxValue),
            ("Admission:MaxQueueLength", o.Admission.MaxQueueLength, 0, int.MaxValue),
        ];
        foreach (var (setting, value, least, most) in numbers.Where(n => !(n.Value >= n.Least && n.Value <= n.Most)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Routing:{setting} is {value}; it must be {least} to {most}.");
        }

        (string Name, TimeSpan Value)[] times =
        [
            (nameof(o.Backoff), o.Backoff), (nameof(o.MaxRetryWait), o.MaxRetryWait), (nameof(o.MaxCoolDown), o.MaxCoolDown),
            (nameof(o.HoldTime), o.HoldTime), ("Admission:MaxQueueWait", o.Admission.MaxQueueWait),
        ];
        foreach (var (setting, value) in times.Where(t => t.Value < TimeSpan.Zero || t.Value > Longest))
        {
            yield return $"Routing:{setting} is {value}; it must be 0 to {Longest}.";
        }
    }

    private static IEnumerable<string> Check(CircuitBreakerOptions o)
    {
        if (!(o.FailureRatio > 0 && o.FailureRatio <= 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Routing:CircuitBreaker:FailureRatio is {o.FailureRatio}; it must be more than 0 and at most 1.");
        }

        if (o.MinimumThroughput < 2)
        {
            yield return $"Routing:CircuitBreaker:MinimumThroughput is {o.MinimumThroughput}; it must be at least 2.";
        }

        (string Name, TimeSpan Value)[] times = [(nameof(o.SamplingDuration), o.SamplingDuration), (nameof(o.BreakDuration), o.BreakDuration)];
        foreach (var (setting, value) in times.Where(t => t.Value < ShortestBreak || t.Value > Longest))
        {
            yield return $"Routing:CircuitBreaker:{setting} is {value}; it must be {ShortestBreak} to {Longest}.";
        }
    }

    private static IEnumerable<string> Check(string model, List<FallbackOptions> steps)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            var (path, step) = ($"Routing:Fallbacks:{model}:{i}", steps[i]);
            if (step is { Model: null, MaxTokens: null, Temperature: null, Timeout: null } || step.Model is "")
            {
                yield return $"{path} changes nothing: set Model, MaxTokens, Temperature or Timeout.";
            }

            if (step.MaxTokens is < 1)
            {
                yield return $"{path}:MaxTokens is {step.MaxTokens}; it must be at least 1.";
            }

            if (step.Temperature is { } temperature && !(temperature >= 0 && temperature <= 2))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{path}:Temperature is {temperature}; it must be 0 to 2.");
            }

            if (step.Timeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromDays(1)))
            {
                yield return $"{path}:Timeout is {timeout}; it must be more than 0 and at most a day.";
            }
        }
    }
}
