using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.Worker.Hosting;

return new CommandLine("LlmGateway.Worker").Answer(args, Console.Out, Console.Error)
    ?? await HostRunner.RunAsync(() => HostRunner.NewBuilder(args).AddWorker(), app => app.MapWorker());
