using System.Text.Json.Serialization;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Journal;

/// <summary>How rows look in a journal.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UsageRecord))]
[JsonSerializable(typeof(AuditRecord))]
internal sealed partial class RecordJson : JsonSerializerContext;
