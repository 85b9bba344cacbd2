using System.Net;
using LlmGateway.Bench.Shared;
using LlmGateway.Bench.StreamLoad;

// Opens many SSE chat streams against one server and checks every one of them to its end. Prints one JSON object.
//   --port P --streams N --chunks K (per stream) --interval MS --ramp MS (from first to last start)
//   --grace SECONDS (how much later than planned a stream may end) --headers "Name: value|Name: value"
var arguments = new Arguments(args);
var plan = new LoadPlan(
    new IPEndPoint(IPAddress.Loopback, arguments.Number("--port", 0)),
    arguments.Number("--streams", 100),
    arguments.Number("--chunks", 50),
    arguments.Number("--interval", 200),
    arguments.Number("--ramp", 1000),
    arguments.Number("--grace", 20),
    arguments.Text("--headers", "").Split('|', StringSplitOptions.RemoveEmptyEntries));
using var client = new LoadClient(plan);
client.Run();
Console.WriteLine(client.Result());
