using System.Net;
using LlmGateway.Bench.RateLoad;
using LlmGateway.Bench.Shared;

// Sends the same POST at a fixed rate, whether the server keeps up or not, and checks the status of every answer. Prints one JSON object.
//   --port P --path PATH --body FILE --status N (expected) --rate N (requests a second) --seconds N --connections N
//   --grace SECONDS (how much later than planned the last answer may come) --headers "Name: value|Name: value"
var arguments = new Arguments(args);
var plan = new RatePlan(
    new IPEndPoint(IPAddress.Loopback, arguments.Number("--port", 0)),
    arguments.Text("--path", "/"),
    File.ReadAllBytes(arguments.Text("--body", "")),
    arguments.Number("--status", 200),
    arguments.Number("--rate", 100),
    arguments.Number("--seconds", 5),
    arguments.Number("--connections", 64))
{
    Grace = arguments.Number("--grace", 20),
    Headers = arguments.Text("--headers", "").Split('|', StringSplitOptions.RemoveEmptyEntries),
};
using var client = new RateClient(plan);
client.Run();
Console.WriteLine(client.Result());
