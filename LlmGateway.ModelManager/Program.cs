using LlmGateway.ModelManager.Hosting;
using LlmGateway.ServiceDefaults.Hosting;

return new CommandLine("LlmGateway.ModelManager").Answer(args, Console.Out, Console.Error)
    ?? await HostRunner.RunAsync(() => HostRunner.NewBuilder(args).AddModelManager(), app => app.MapModelManager());
