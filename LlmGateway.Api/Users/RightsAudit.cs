using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Journal;

namespace LlmGateway.Api.Users;

/// <summary>Writes an audit row for every change of what keys may do.</summary>
internal sealed class RightsAudit(IRecordWriter<AuditRecord> writer, TimeProvider time)
{
    public const string KeysRevoked = "keys.revoked";
    public const string RolesChanged = "keys.roles_changed";

    /// <param name="action">What was done.</param>
    /// <param name="user">Whose keys.</param>
    /// <param name="keys">How many.</param>
    /// <param name="roles">The roles they have now; null when those stay.</param>
    public void Write(string action, string user, int keys, IEnumerable<string>? roles = null)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteNumber("keys"u8, keys);
            if (roles is not null)
            {
                json.WriteStartArray("roles"u8);
                foreach (var role in roles)
                {
                    json.WriteStringValue(role);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        writer.Write(new AuditRecord
        {
            OccurredAt = time.GetUtcNow(),
            Action = action,
            Outcome = "allowed",
            Actor = "bus",
            Subject = user,
            Detail = Encoding.UTF8.GetString(output.WrittenSpan),
        });
    }
}
