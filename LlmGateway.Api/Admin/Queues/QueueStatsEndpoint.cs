using LlmGateway.Api.Inference;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Admin.Queues;

/// <summary><c>GET /admin/queue/stats</c>.</summary>
internal sealed class QueueStatsEndpoint(QueueCalls calls, QueueBoard board)
{
    public Task GetAsync(HttpContext context) => calls.RunAsync(context, async queues =>
    {
        var reading = await board.ReadAsync(queues, context.RequestAborted);
        await ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            foreach (var kind in Enum.GetValues<JobKind>())
            {
                QueueDocument.Write(json, reading.Of(kind), reading.Time);
            }

            json.WriteEndObject();
        });
        return null;
    });
}
