using LlmGateway.Api.Inference;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>Pauses, resumes and clears a queue.</summary>
internal sealed class QueueControlEndpoint(QueueCalls calls, QueueBoard board, QueueAudit audit, IServiceProvider services)
{
    private static readonly ParameterRule[] ClearRules = [new(QueueCalls.ConfirmName, ParameterKind.Text)];

    public Task PauseAsync(HttpContext context) => SetAsync(
        context, paused: true, (queues, kind) => queues.PauseAsync(kind, context.Features.Get<Caller>()?.KeyId, CancellationToken.None));

    public Task ResumeAsync(HttpContext context) => SetAsync(context, paused: false, (queues, kind) => queues.ResumeAsync(kind, CancellationToken.None));

    /// <summary>Cancels everything that waits, once the body repeats the queue's name.</summary>
    public Task ClearAsync(HttpContext context) => calls.RunAsync(context, ClearRules, async (queues, body) =>
    {
        if (QueueCalls.PathQueue(context, out var kind) is { } unknown)
        {
            return unknown;
        }

        var name = Job.QueueOf(kind);
        if (body.Text(QueueCalls.ConfirmName) != name)
        {
            var figures = (await board.ReadAsync(queues, context.RequestAborted)).Of(kind);
            return QueueCalls.Unconfirmed(
                body, FormattableString.Invariant($"This cancels the {figures.Waiting + figures.Delayed} jobs that wait in the queue '{name}'. Send \"confirm\": \"{name}\" to do it."));
        }

        var cancelled = await audit.ChangeAsync(
            context, "queue.cleared", name, () => queues.ClearAsync(kind, CancellationToken.None), count => json => json.WriteNumber("cancelled"u8, count));
        board.Forget();
        await ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("queue"u8, name);
            json.WriteNumber("cancelled"u8, cancelled);
            json.WriteEndObject();
        });
        return null;
    });

    private Task SetAsync(HttpContext context, bool paused, Func<IJobQueues, JobKind, Task<bool>> set) => calls.RunAsync(context, async queues =>
    {
        if (QueueCalls.PathQueue(context, out var kind) is { } unknown)
        {
            return unknown;
        }

        var name = Job.QueueOf(kind);
        var changed = await audit.ChangeAsync(
            context, paused ? "queue.paused" : "queue.resumed", name, () => set(queues, kind), done => done ? static _ => { } : null);
        board.Forget();
        if (changed && !paused)
        {
            services.GetService<IJobHints>()?.Send(new JobReady { Queue = name });
        }

        await ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("queue"u8, name);
            json.WriteBoolean("paused"u8, paused);
            json.WriteBoolean("changed"u8, changed);
            json.WriteEndObject();
        });
        return null;
    });
}
