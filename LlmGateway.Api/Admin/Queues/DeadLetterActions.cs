using System.Text.Json;
using LlmGateway.Api.Inference;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>Replays and deletes dead letters.</summary>
internal sealed class DeadLetterActions(QueueCalls calls, QueueBoard board, QueueAudit audit, IServiceProvider services)
{
    /// <summary>What one request may name.</summary>
    private const int MaxIds = 1000;

    /// <summary>Hints beyond these are left to the workers, who look by themselves too.</summary>
    private const int MaxHints = 1000;

    /// <summary>As for jobs of normal priority.</summary>
    private const byte HintPriority = 4;

    private static readonly ParameterRule[] ChoiceRules = [new(QueueCalls.QueueName, ParameterKind.Text), new("ids", ParameterKind.TextOrTexts)];
    private static readonly ParameterRule[] PurgeRules = [.. ChoiceRules, new(QueueCalls.ConfirmName, ParameterKind.Boolean)];
    private static readonly JobKind[] Kinds = Enum.GetValues<JobKind>();

    public Task ReplayOneAsync(HttpContext context) => calls.RunAsync(context, async queues =>
    {
        if (QueueCalls.PathId(context) is not { } id || await ReplayAsync(context, queues, Kinds, [id], id) == 0)
        {
            return QueueCalls.NoSuchLetter(context);
        }

        await AnswerAsync(context, id, "replayed"u8.ToArray());
        return null;
    });

    /// <summary>Those that the body names; all without a body.</summary>
    public Task ReplayAsync(HttpContext context) => calls.RunAsync(context, ChoiceRules, async (queues, body) =>
    {
        if (Choice(body, out var kind, out var ids) is { } invalid)
        {
            return invalid;
        }

        var replayed = ids is [] ? 0 : await ReplayAsync(context, queues, kind is { } one ? [one] : Kinds, ids, null);
        await AnswerAsync(context, "replayed"u8.ToArray(), replayed);
        return null;
    });

    public Task DeleteAsync(HttpContext context) => calls.RunAsync(context, async queues =>
    {
        if (QueueCalls.PathId(context) is not { } id || await PurgeAsync(context, queues, null, [id], id) == 0)
        {
            return QueueCalls.NoSuchLetter(context);
        }

        await AnswerAsync(context, id, "deleted"u8.ToArray());
        return null;
    });

    /// <summary>Those that the body names, for good, once it confirms it.</summary>
    public Task PurgeAsync(HttpContext context) => calls.RunAsync(context, PurgeRules, async (queues, body) =>
    {
        if (Choice(body, out var kind, out var ids) is { } invalid)
        {
            return invalid;
        }

        if (!body.Raw(QueueCalls.ConfirmName).SequenceEqual("true"u8))
        {
            var count = ids?.Count ?? await CountAsync(queues, kind, context.RequestAborted);
            return QueueCalls.Unconfirmed(
                body, FormattableString.Invariant($"This deletes {(ids is null ? "" : "up to ")}{count} dead letters for good. Send \"confirm\": true to do it."));
        }

        var deleted = ids is [] ? 0 : await PurgeAsync(context, queues, kind, ids, null);
        await AnswerAsync(context, "deleted"u8.ToArray(), deleted);
        return null;
    });

    /// <summary>Queue by queue, so that each one's workers can be told.</summary>
    private async Task<int> ReplayAsync(HttpContext context, IJobQueues queues, JobKind[] kinds, List<string>? ids, string? single)
    {
        var count = 0;
        foreach (var kind in kinds)
        {
            var queue = Job.QueueOf(kind);
            var replayed = await audit.ChangeAsync(
                context,
                "dead_letter.replayed",
                single ?? queue,
                () => queues.ReplayAsync(kind, ids, CancellationToken.None),
                done => done.Count == 0 ? null : json => Describe(json, queue, done.Count, done));
            if (replayed.Count == 0)
            {
                continue;
            }

            board.Forget();
            count += replayed.Count;
            var hints = services.GetService<IJobHints>();
            foreach (var id in replayed.Take(MaxHints))
            {
                hints?.Send(new JobReady { Queue = queue, JobId = id, Priority = HintPriority });
            }
        }

        return count;
    }

    private async Task<int> PurgeAsync(HttpContext context, IJobQueues queues, JobKind? kind, List<string>? ids, string? single)
    {
        var queue = kind is { } one ? Job.QueueOf(one) : null;
        var deleted = await audit.ChangeAsync(
            context,
            "dead_letter.deleted",
            single ?? queue ?? "all",
            () => queues.PurgeAsync(kind, ids, CancellationToken.None),
            count => count == 0 ? null : json => Describe(json, queue, count, ids ?? []));
        board.Forget();
        return deleted;
    }

    private async Task<long> CountAsync(IJobQueues queues, JobKind? kind, CancellationToken cancellationToken)
    {
        var reading = await board.ReadAsync(queues, cancellationToken);
        return kind is { } one ? reading.Of(one).DeadLetters : Kinds.Sum(k => reading.Of(k).DeadLetters);
    }

    private static void Describe(Utf8JsonWriter json, string? queue, int count, IReadOnlyList<string> ids)
    {
        json.WriteString("queue"u8, queue);
        json.WriteNumber("count"u8, count);
        QueueAudit.WriteIds(json, ids);
    }

    /// <summary>Which dead letters the body means: of one queue or of all, and null for all ids.</summary>
    private static GatewayError? Choice(PlainDocument body, out JobKind? kind, out List<string>? ids)
    {
        ids = null;
        if (QueueCalls.NamedQueue(body.Text(QueueCalls.QueueName), out kind) is { } unknown)
        {
            return unknown;
        }

        var raw = body.Raw("ids");
        if (raw.IsEmpty)
        {
            return null;
        }

        // One text or a list of them: its type has been checked.
        ids = [];
        var reader = new Utf8JsonReader(raw);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                continue;
            }

            if (ids.Count == MaxIds)
            {
                return GatewayError.Invalid("ids", "invalid_value", $"Invalid value for 'ids': at most {MaxIds} are taken at once.");
            }

            if (reader.GetString() is not { } id || !QueueCalls.IsId(id))
            {
                return GatewayError.Invalid("ids", "invalid_value", $"Invalid value for 'ids[{ids.Count}]': expected the id of a dead letter.");
            }

            ids.Add(id);
        }

        return null;
    }

    private static Task AnswerAsync(HttpContext context, string id, byte[] done) => ResponseBody.SendStateAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteBoolean(done, true);
        json.WriteEndObject();
    });

    private static Task AnswerAsync(HttpContext context, byte[] done, int count) => ResponseBody.SendStateAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteNumber(done, count);
        json.WriteEndObject();
    });
}
