using LlmGateway.Contracts.Failures;

namespace LlmGateway.ServiceDefaults.Infrastructure;

/// <summary>Redis gave no answer in time, or none that can be used. The one exception of <see cref="RedisConnection"/>.</summary>
public sealed class RedisUnavailableException(string message, Exception? inner = null) : Exception(message, inner), IOutage;
