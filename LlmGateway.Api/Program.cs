using LlmGateway.Api.Hosting;
using LlmGateway.Data.Schema;
using LlmGateway.ServiceDefaults.Hosting;

if (ConfigCommands.Handles(args))
{
    return await HostRunner.CommandAsync(() => new ConfigCommands(_ => { }, builder => builder.AddGatewayApi()).RunAsync(args, Console.Out));
}

if (DatabaseCommands.Handles(args))
{
    return await HostRunner.CommandAsync(() => HostRunner.NewBuilder(args).RunDatabaseCommandAsync(args));
}

if (GatewayCommands.Line("LlmGateway.Api").Answer(args, Console.Out, Console.Error) is { } code)
{
    return code;
}

return await HostRunner.RunAsync(() => HostRunner.NewBuilder(args).AddGatewayApi(), app => app.MapGatewayApi());
