using LlmGateway.Contracts.Events;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.Settings;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Messaging;

public static class GatewayBusExtensions
{
    /// <summary>A broker that is frozen and says nothing is noticed after two of these.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Adds the bus on connection string <c>rabbitmq</c> (an <c>amqp://</c> address), <see cref="IEventPublisher"/> and the readiness
    /// check of that name. The host starts whether or not the broker answers. Without the connection string there is no bus, and
    /// events go nowhere.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="consumers">Adds consumers with their definitions; their queues take this library's envelopes and plain JSON alike.</param>
    /// <param name="endpoints">Adds queues that the consumers' definitions do not describe; their consumers are those of <paramref name="consumers"/>.</param>
    public static IHostApplicationBuilder AddGatewayBus(
        this IHostApplicationBuilder builder, Action<IBusRegistrationConfigurator>? consumers = null, Action<IRabbitMqBusFactoryConfigurator, IBusRegistrationContext>? endpoints = null)
    {
        var configuration = builder.Configuration;
        builder.Services.AddSettings<EventOptions>(configuration, EventOptions.Section);
        var connection = configuration.GetConnectionString(Connections.Broker);
        if (string.IsNullOrWhiteSpace(connection))
        {
            builder.Services.TryAddSingleton<IEventPublisher, NoEventPublisher>();
            return builder;
        }

        if (!Uri.TryCreate(connection, UriKind.Absolute, out var address) || address.Scheme is not ("amqp" or "amqps"))
        {
            // Not quoted: it may hold the password.
            builder.Services.AddSingleton<IValidateOptions<EventOptions>>(new ValidateOptions<EventOptions>(
                null, _ => false, $"Connection string '{Connections.Broker}' is no address of the form amqp://user:password@host:5672."));
            builder.Services.TryAddSingleton<IEventPublisher, NoEventPublisher>();
            return builder;
        }

        builder.Services.AddBus(address, builder.Environment.ApplicationName, consumers, endpoints);
        return builder;
    }

    private static void AddBus(
        this IServiceCollection services, Uri address, string connectionName,
        Action<IBusRegistrationConfigurator>? consumers, Action<IRabbitMqBusFactoryConfigurator, IBusRegistrationContext>? endpoints)
    {
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            consumers?.Invoke(bus);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                var gate = new BrokerGate(
                    address, context.GetRequiredService<TimeProvider>(), context.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
                rabbit.Host(address, host =>
                {
                    host.OnRefreshConnectionFactory = _ => gate.WaitAsync();
                    host.Heartbeat(Heartbeat);
                    host.RequestedConnectionTimeout(ConnectTimeout);
                    host.PublisherConfirmation = true;
                    host.ConnectionName(connectionName);
                });
                EventTopology.Apply(rabbit);
                rabbit.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
                endpoints?.Invoke(rabbit, context);
                rabbit.ConfigureEndpoints(context);
            });
        });
        services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = false;
            host.StopTimeout = StopTimeout;
            host.ConsumerStopTimeout = StopTimeout;
        });
        // Its own check has another name and can make the service unready.
        services.PostConfigure<HealthCheckServiceOptions>(health =>
        {
            foreach (var theirs in health.Registrations.Where(check => check.Tags.Contains("masstransit")).ToArray())
            {
                health.Registrations.Remove(theirs);
            }
        });

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new BrokerProbe(address, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IEventTransport, BusTransport>();
        services.AddSingleton<EventPublisher>();
        services.AddSingleton<IEventPublisher>(provider => provider.GetRequiredService<EventPublisher>());
        // After the bus, so that it stops before it.
        services.AddHostedService(provider => provider.GetRequiredService<EventPublisher>());
        services.AddHealthChecks().AddCheck<BrokerHealthCheck>(Connections.Broker, HealthStatus.Degraded, ["ready"]);
    }
}
