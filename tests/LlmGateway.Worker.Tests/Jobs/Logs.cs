using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Worker.Tests.Jobs;

internal static class Logs
{
    public static ILogger<T> None<T>() => NullLogger<T>.Instance;
}
