using LlmGateway.Api.Tests.Admin;
using LlmGateway.Api.Users;
using LlmGateway.Data.Audit;

namespace LlmGateway.Api.Tests.Users;

/// <summary>A change of what keys may do, and of what is looked at, leaves an audit row.</summary>
public class RightsAuditTests
{
    private readonly FakeAuditWriter _rows = new();

    [Fact]
    public void ChangedRights_LeaveARow()
    {
        var audit = new RightsAudit(_rows, TimeProvider.System);
        audit.Write(RightsAudit.RolesChanged, "ann", 2, ["admin"]);
        audit.Write(RightsAudit.KeysRevoked, "ben", 1);
        Assert.Collection(
            _rows.Rows,
            row => Assert.Equal(("keys.roles_changed", "allowed", "bus", "ann", """{"keys":2,"roles":["admin"]}"""), (row.Action, row.Outcome, row.Actor, row.Subject, row.Detail)),
            row => Assert.Equal(("keys.revoked", "bus", "ben", """{"keys":1}"""), (row.Action, row.Actor, row.Subject, row.Detail)));
    }

    [Fact]
    public void SwitchedClassification_LeavesARow()
    {
        var audit = new PolicyAudit(_rows, TimeProvider.System);
        audit.ClassificationSwitched(false);
        audit.ClassificationSwitched(true);
        Assert.Equal(["sensitivity.disabled", "sensitivity.enabled"], _rows.Rows.Select(r => r.Action));
    }
}
