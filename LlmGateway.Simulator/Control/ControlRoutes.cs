using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Control;

/// <summary>
/// Endpoints under /simulator that change and watch a running Simulator. Faults in <see cref="Faults.FaultGrammar"/>:
/// <c>PUT /simulator/faults/sim-small</c> with <c>{"faults":"status;code=503;times=2"}</c> or the text alone.
/// </summary>
internal static class ControlRoutes
{
    public static void MapControl(this IEndpointRouteBuilder endpoints, SimulatorState state)
    {
        var group = endpoints.MapGroup("/simulator");
        group.MapGet("/faults", (RequestDelegate)(http => Answer(http, 200, json => WriteFaults(json, state))));
        group.MapGet("/faults/{model}", (RequestDelegate)(http => GetFaults(http, state)));
        group.MapPut("/faults/{model}", (RequestDelegate)(http => PutFaults(http, state)));
        group.MapDelete("/faults/{model}", (RequestDelegate)(http => Done(http, () => state.Faults.Clear(Model(http)))));
        group.MapDelete("/faults", (RequestDelegate)(http => Done(http, state.Faults.Clear)));
        group.MapGet("/models", (RequestDelegate)(http => Answer(http, 200, json => ModelJson.WriteAll(json, state.Models))));
        group.MapPut("/models/{model}", (RequestDelegate)(http => PutModel(http, state)));
        group.MapDelete("/models/{model}", (RequestDelegate)(http => DeleteModel(http, state)));
        group.MapGet("/requests", (RequestDelegate)(http => Answer(http, 200, json => RequestJson.WriteAll(json, state.Log.Requests))));
        group.MapGet("/stats", (RequestDelegate)(http => Answer(http, 200, json => RequestJson.WriteStats(json, state))));
        group.MapPost("/reset", (RequestDelegate)(http => Done(http, state.Reset)));
    }

    private static string Model(HttpContext http) => (string)http.Request.RouteValues["model"]!;

    private static void WriteFaults(Utf8JsonWriter json, SimulatorState state)
    {
        json.WriteStartObject();
        foreach (var (model, faults) in state.Faults.All) json.WriteString(model, faults);
        json.WriteEndObject();
    }

    private static Task GetFaults(HttpContext http, SimulatorState state) =>
        state.Faults.All.TryGetValue(Model(http), out var faults)
            ? Answer(http, 200, json => WriteFaultsOf(json, faults))
            : Refuse(http, 404, $"No faults are set for '{Model(http)}'.");

    private static async Task PutFaults(HttpContext http, SimulatorState state)
    {
        try
        {
            var text = await ReadTextAsync(http);
            if (text.TrimStart().StartsWith('{'))
            {
                using var document = JsonDocument.Parse(text);
                text = document.RootElement.String("faults") ?? throw new FormatException("The object needs 'faults', a string.");
            }

            state.Faults.Set(Model(http), text);
            await Answer(http, 200, json => WriteFaultsOf(json, state.Faults.All.GetValueOrDefault(Model(http), "")));
        }
        catch (Exception e) when (e is FormatException or JsonException or SimulatorException)
        {
            await Refuse(http, 400, e.Message);
        }
    }

    private static void WriteFaultsOf(Utf8JsonWriter json, string faults)
    {
        json.WriteStartObject();
        json.WriteString("faults"u8, faults);
        json.WriteEndObject();
    }

    private static async Task PutModel(HttpContext http, SimulatorState state)
    {
        try
        {
            var name = Model(http);
            using var document = JsonDocument.Parse(await ReadTextAsync(http));
            var old = state.Models.TryGet(name, out var model) ? model : new SimulatedModel { Name = name };
            var changed = ModelJson.Merge(old, document.RootElement);
            state.Models.Put(changed);
            await Answer(http, 200, json => ModelJson.Write(json, changed));
        }
        catch (Exception e) when (e is JsonException or SimulatorException)
        {
            await Refuse(http, 400, e.Message);
        }
    }

    private static Task DeleteModel(HttpContext http, SimulatorState state) =>
        state.Models.Remove(Model(http)) ? Done(http, () => { }) : Refuse(http, 404, $"There is no model '{Model(http)}'.");

    private static async Task<string> ReadTextAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync(http.RequestAborted);
    }

    private static Task Done(HttpContext http, Action action)
    {
        action();
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task Refuse(HttpContext http, int status, string message) => Answer(http, status, json =>
    {
        json.WriteStartObject();
        json.WriteString("error"u8, message);
        json.WriteEndObject();
    });

    private static async Task Answer(HttpContext http, int status, Action<Utf8JsonWriter> write)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter((IBufferWriter<byte>)http.Response.BodyWriter, SimulatorJson.WriterOptions)) write(json);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}
