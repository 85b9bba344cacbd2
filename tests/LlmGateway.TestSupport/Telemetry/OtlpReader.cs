using System.Globalization;
using Google.Protobuf;

namespace LlmGateway.TestSupport.Telemetry;

/// <summary>
/// Reads export requests. Field numbers are those of opentelemetry-proto 1.x: trace/v1/trace.proto, logs/v1/logs.proto,
/// metrics/v1/metrics.proto, common/v1/common.proto, resource/v1/resource.proto.
/// </summary>
internal static class OtlpReader
{
    public static List<ReceivedSpan> ReadSpans(CodedInputStream request)
    {
        List<ReceivedSpan> spans = [];
        ReadResources(request, (resource, scope, item) => spans.Add(ReadSpan(resource, scope, item)));
        return spans;
    }

    public static List<ReceivedLog> ReadLogs(CodedInputStream request)
    {
        List<ReceivedLog> logs = [];
        ReadResources(request, (resource, _, item) => logs.Add(ReadLog(resource, item)));
        return logs;
    }

    public static List<string> ReadMetricNames(CodedInputStream request)
    {
        List<string> names = [];
        ReadResources(request, (_, _, item) => ReadFields(item, (field, metric) =>
        {
            if (field != 1)
            {
                return false;
            }

            names.Add(metric.ReadString());
            return true;
        }));
        return names;
    }

    /// <summary>All three signals have the same frame: resources (1) of a resource (1) and scopes (2), of a scope (1) and items (2).</summary>
    private static void ReadResources(CodedInputStream request, Action<string, string, CodedInputStream> item) => ReadFields(request, (field, stream) =>
    {
        if (field != 1)
        {
            return false;
        }

        var service = "";
        ReadFields(Nested(stream), (part, group) =>
        {
            switch (part)
            {
                case 1:
                    service = ReadAttributes(Nested(group), attributesField: 1).GetValueOrDefault("service.name", "");
                    return true;
                case 2:
                    ReadScope(Nested(group), (scope, one) => item(service, scope, one));
                    return true;
                default:
                    return false;
            }
        });
        return true;
    });

    private static void ReadScope(CodedInputStream group, Action<string, CodedInputStream> item)
    {
        var scope = "";
        ReadFields(group, (field, stream) =>
        {
            switch (field)
            {
                case 1:
                    ReadFields(Nested(stream), (part, instrumentation) =>
                    {
                        scope = part == 1 ? instrumentation.ReadString() : scope;
                        return part == 1;
                    });
                    return true;
                case 2:
                    item(scope, Nested(stream));
                    return true;
                default:
                    return false;
            }
        });
    }

    private static ReceivedSpan ReadSpan(string service, string scope, CodedInputStream item)
    {
        string trace = "", span = "", parent = "", name = "";
        var kind = 0;
        Dictionary<string, string> attributes = [];
        ReadFields(item, (field, stream) =>
        {
            switch (field)
            {
                case 1: trace = Hex(stream); return true;
                case 2: span = Hex(stream); return true;
                case 4: parent = Hex(stream); return true;
                case 5: name = stream.ReadString(); return true;
                case 6: kind = stream.ReadEnum(); return true;
                case 9: ReadAttribute(Nested(stream), attributes); return true;
                default: return false;
            }
        });
        return new ReceivedSpan(service, scope, name, kind, trace, span, parent, attributes);
    }

    private static ReceivedLog ReadLog(string service, CodedInputStream item)
    {
        string body = "", trace = "";
        Dictionary<string, string> attributes = [];
        ReadFields(item, (field, stream) =>
        {
            switch (field)
            {
                case 5: body = ReadValue(Nested(stream)); return true;
                case 6: ReadAttribute(Nested(stream), attributes); return true;
                case 9: trace = Hex(stream); return true;
                default: return false;
            }
        });
        return new ReceivedLog(service, body, trace, attributes);
    }

    private static Dictionary<string, string> ReadAttributes(CodedInputStream stream, int attributesField)
    {
        Dictionary<string, string> attributes = [];
        ReadFields(stream, (field, one) =>
        {
            if (field == attributesField)
            {
                ReadAttribute(Nested(one), attributes);
            }

            return field == attributesField;
        });
        return attributes;
    }

    private static void ReadAttribute(CodedInputStream stream, Dictionary<string, string> attributes)
    {
        string key = "", value = "";
        ReadFields(stream, (field, part) =>
        {
            switch (field)
            {
                case 1: key = part.ReadString(); return true;
                case 2: value = ReadValue(Nested(part)); return true;
                default: return false;
            }
        });
        attributes[key] = value;
    }

    private static string ReadValue(CodedInputStream stream)
    {
        var value = "";
        ReadFields(stream, (field, part) =>
        {
            switch (field)
            {
                case 1: value = part.ReadString(); return true;
                case 2: value = part.ReadBool() ? "true" : "false"; return true;
                case 3: value = part.ReadInt64().ToString(CultureInfo.InvariantCulture); return true;
                case 4: value = part.ReadDouble().ToString(CultureInfo.InvariantCulture); return true;
                case 5: value = ReadArray(Nested(part)); return true;
                default: return false;
            }
        });
        return value;
    }

    private static string ReadArray(CodedInputStream stream)
    {
        List<string> values = [];
        ReadFields(stream, (field, part) =>
        {
            if (field == 1)
            {
                values.Add(ReadValue(Nested(part)));
            }

            return field == 1;
        });
        return string.Join(',', values);
    }

    private static CodedInputStream Nested(CodedInputStream stream) => new(stream.ReadBytes().ToByteArray());

    private static string Hex(CodedInputStream stream) => Convert.ToHexStringLower(stream.ReadBytes().Span);

    /// <summary>Calls <paramref name="field"/> for every field; one that it does not read (false) is skipped.</summary>
    private static void ReadFields(CodedInputStream stream, Func<int, CodedInputStream, bool> field)
    {
        while (stream.ReadTag() is var tag and not 0)
        {
            if (!field(WireFormat.GetTagFieldNumber(tag), stream))
            {
                stream.SkipLastField();
            }
        }
    }
}
