using LlmGateway.Api.Authentication;
using LlmGateway.Contracts.Events;
using LlmGateway.Data.Keys;
using MassTransit;

namespace LlmGateway.Api.Users;

/// <summary>
/// What others say about users, applied to the users' keys. Doing it twice changes nothing. A database that is away is waited for over
/// some minutes; then, and when a message makes no sense, it lies in the queue's <c>_error</c> queue.
/// </summary>
internal static class UserConsumers
{
    /// <summary>One database call.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    public static void AddUserConsumers(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<UserDeletedConsumer, UserDeletedDefinition>();
        bus.AddConsumer<UserRoleChangedConsumer, UserRoleChangedDefinition>();
    }

    public static async Task BoundAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CallTimeout);
        await call(limit.Token).WaitAsync(CallTimeout * 2, cancellationToken);
    }

    public static void Retry(IReceiveEndpointConfigurator endpoint)
    {
        endpoint.PrefetchCount = 16;
        endpoint.ConcurrentMessageLimit = 4;
        endpoint.UseMessageRetry(retry =>
        {
            // Would be as wrong the next time.
            retry.Ignore<ArgumentException>();
            retry.Exponential(
                retryLimit: 15, minInterval: TimeSpan.FromMilliseconds(200), maxInterval: TimeSpan.FromMinutes(1), intervalDelta: TimeSpan.FromMilliseconds(500));
        });
    }
}

/// <summary>The keys of a user who is gone open nothing any more.</summary>
internal sealed partial class UserDeletedConsumer(
    IApiKeyTable table, IKeyRevocations revocations, RightsAudit audit, TimeProvider time, ILogger<UserDeletedConsumer> logger)
    : IConsumer<UserDeleted>
{
    public async Task Consume(ConsumeContext<UserDeleted> context)
    {
        var user = context.Message.UserId;
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        var revoked = 0;
        await UserConsumers.BoundAsync(async limit => revoked = await table.RevokeOwnerAsync(user, time.GetUtcNow(), limit), context.CancellationToken);
        // Also when there was nothing left to revoke: an earlier attempt may have ended between the two.
        revocations.ForgetOwner(user);
        if (revoked > 0)
        {
            audit.Write(RightsAudit.KeysRevoked, user, revoked);
        }

        LogRevoked(revoked);
    }

    [LoggerMessage(LogLevel.Information, "A user was deleted; API keys revoked: {Count}")]
    private partial void LogRevoked(int count);
}

internal sealed class UserDeletedDefinition : ConsumerDefinition<UserDeletedConsumer>
{
    public UserDeletedDefinition() => EndpointName = "llm-gateway.user-deleted";

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpoint, IConsumerConfigurator<UserDeletedConsumer> consumer, IRegistrationContext context) => UserConsumers.Retry(endpoint);
}

/// <summary>The keys of a user have the user's roles.</summary>
internal sealed partial class UserRoleChangedConsumer(
    IApiKeyTable table, IKeyRevocations revocations, RightsAudit audit, ILogger<UserRoleChangedConsumer> logger)
    : IConsumer<UserRoleChanged>
{
    private const int MaxRoles = 32;
    private const int MaxRoleLength = 64;

    public async Task Consume(ConsumeContext<UserRoleChanged> context)
    {
        var user = context.Message.UserId;
        ArgumentException.ThrowIfNullOrWhiteSpace(user);
        var roles = Roles(context.Message);
        var changed = 0;
        await UserConsumers.BoundAsync(async limit => changed = await table.SetOwnerRolesAsync(user, roles, limit), context.CancellationToken);
        revocations.ForgetOwner(user);
        if (changed > 0)
        {
            audit.Write(RightsAudit.RolesChanged, user, changed, roles);
        }

        LogChanged(changed);
    }

    private static string[] Roles(UserRoleChanged message)
    {
        if (message.Role is null && message.Roles is null)
        {
            throw new ArgumentException("The message names no role.");
        }

        string[] roles = [.. (message.Roles ?? []).Append(message.Role).OfType<string>().Select(role => role.Trim()).Distinct(StringComparer.Ordinal)];
        return roles.Length <= MaxRoles && roles.All(role => role.Length is > 0 and <= MaxRoleLength)
            ? roles
            : throw new ArgumentException($"A user has at most {MaxRoles} roles, with names of 1 to {MaxRoleLength} characters.");
    }

    [LoggerMessage(LogLevel.Information, "A user's roles changed; API keys that have them now: {Count}")]
    private partial void LogChanged(int count);
}

internal sealed class UserRoleChangedDefinition : ConsumerDefinition<UserRoleChangedConsumer>
{
    public UserRoleChangedDefinition() => EndpointName = "llm-gateway.user-role-changed";

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpoint, IConsumerConfigurator<UserRoleChangedConsumer> consumer, IRegistrationContext context) => UserConsumers.Retry(endpoint);
}
