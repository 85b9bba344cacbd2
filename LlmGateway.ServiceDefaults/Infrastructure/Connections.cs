namespace LlmGateway.ServiceDefaults.Infrastructure;

/// <summary>Names of the connection strings, which are also Aspire's names of the resources and of the health checks.</summary>
public static class Connections
{
    public const string Redis = "redis";
    public const string Database = "gatewaydb";
    public const string Broker = "rabbitmq";
}
