using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.SystemMonitor.Hosting;

return new CommandLine("LlmGateway.SystemMonitor").Answer(args, Console.Out, Console.Error)
    ?? await HostRunner.RunAsync(() => HostRunner.NewBuilder(args).AddSystemMonitor(), app => app.MapSystemMonitor());
