using System.Net;
using LlmGateway.Bench.PacedUpstream;
using LlmGateway.Bench.Shared;

// A model server that streams at a fixed pace: --port P --interval MS (between chunks). A request's own `max_tokens`
// says how many content chunks it gets and `user: "pace-MS"` overrides the interval (for a fast warm-up).
var arguments = new Arguments(args);
using var server = new PacedServer(new IPEndPoint(IPAddress.Loopback, arguments.Number("--port", 0)), arguments.Number("--interval", 200));
Console.WriteLine($"listening on {server.EndPoint}");
server.Run();
