using System.Globalization;
using System.Runtime.InteropServices;
using LlmGateway.Bench;
using LlmGateway.Bench.Cases;
using LlmGateway.Bench.Reporting;
using LlmGateway.Bench.Servers;

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true; // The servers are stopped first, in the finally blocks below.
    stop.Cancel();
}

using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    var options = BenchOptions.Parse(args[1..]);
    var workplace = new Workplace(args[0]);
    using var sink = options.Telemetry ? new TelemetrySink(workplace.FreePort()) : null;
    workplace.TelemetryEndpoint = sink?.Endpoint;
    var servers = BenchOptions.AllServers.Where(name => !options.Without.Contains(name)).ToArray();
    var bench = new Bench(options, workplace, new Payloads(workplace.Scratch), new Samples(), servers);
    var cases = new Dictionary<string, Func<Bench, CancellationToken, Task>>
    {
        ["json"] = JsonCase.SmallAsync,
        ["prompt"] = JsonCase.PromptAsync,
        ["answer"] = JsonCase.AnswerAsync,
        ["stream"] = StreamCase.RunAsync,
        ["memory"] = MemoryCase.RunAsync,
        ["jobs"] = JobCase.RunAsync,
    };
    foreach (var name in BenchOptions.AllCases.Where(options.Cases.Contains))
    {
        Bench.Say($"{name}:");
        await cases[name](bench, stop.Token);
    }

    return await PublishAsync(bench);
}
catch (OperationCanceledException)
{
    Bench.Say("Stopped.");
    return 130;
}
catch (Exception e) when (e is BenchException or ArgumentException)
{
    Bench.Say(e.Message);
    return 2;
}

static async Task<int> PublishAsync(Bench bench)
{
    var report = new Report(bench.Samples, bench.Servers);
    var load = bench.Samples.OtherLoad;
    var settings = RuntimeSettings.Of(bench.Workplace.GatewayDll).Select(pair => $"{pair.Key}={pair.Value}");
    var text = $"{report.Table()}\nFloor and gateway: .NET {Environment.Version}, {Environment.ProcessorCount} cores, {string.Join(' ', settings)}. "
        + "Values are medians of interleaved rounds; ratios are medians (smallest–largest) of the ratios within each round. "
        + $"The gateway's telemetry was {(bench.Options.Telemetry ? "exported" : "not exported")}. "
        + FormattableString.Invariant($"Other programs took {load.Median:P0} of the cores (median; worst round {load.Worst:P0}).\n");
    Console.WriteLine(text);
    var folder = Directory.CreateDirectory(Path.Combine(bench.Workplace.Repository, "bench", "results")).FullName;
    var name = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
    await File.WriteAllTextAsync(Path.Combine(folder, name + ".md"), text);
    await File.WriteAllTextAsync(Path.Combine(folder, name + ".json"), report.Json());
    report.Missed.ForEach(line => Bench.Say("Missed: " + line));
    if (bench.Options.Check && (report.Missed.Count > 0 || report.Judged == 0))
    {
        Bench.Say(report.Judged == 0 ? "--check: nothing could be judged." : "--check: targets were missed.");
        return 1;
    }

    return 0;
}
