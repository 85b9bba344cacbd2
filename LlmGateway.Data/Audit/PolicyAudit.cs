using LlmGateway.Core.Sensitivity;
using LlmGateway.Data.Journal;

namespace LlmGateway.Data.Audit;

/// <summary>Writes an audit row when a change of the settings switches the classification of requests on or off.</summary>
public sealed class PolicyAudit(IRecordWriter<AuditRecord> writer, TimeProvider time) : IPolicyObserver
{
    public const string SwitchedOn = "sensitivity.enabled";
    public const string SwitchedOff = "sensitivity.disabled";

    public void ClassificationSwitched(bool isOn) => writer.Write(new AuditRecord
    {
        OccurredAt = time.GetUtcNow(),
        Action = isOn ? SwitchedOn : SwitchedOff,
        Outcome = "allowed",
        Actor = "settings",
        Subject = "Sensitivity:Enabled",
    });
}
