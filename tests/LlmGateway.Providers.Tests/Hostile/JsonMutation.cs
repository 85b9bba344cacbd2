using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmGateway.Providers.Tests.Hostile;

/// <summary>Changes a document by its structure: members go, come twice, get other names, or values that nobody expects there.</summary>
internal static class JsonMutation
{
    private static readonly string[] Odd =
    [
        "null", "true", "false", "0", "-1", "9223372036854775807", "1e30", "1.5", "\"\"", "\" \"", "\"null\"", "\"stop\"", "\"error\"", "\"end_turn\"", "\"nonsense\"", "[]", "{}", "[null]", "{\"a\":1}",
        "[[[[[[1]]]]]]", "\"\\u0000\"", "[{\"text\":\"x\"}]", "{\"text\":\"x\"}",
    ];

    private static readonly string[] Names = ["error", "index", "finish_reason", "type", "text", "content", "message", "choices", "usage", "done", "x"];

    public static string Mutate(string json, Random random)
    {
        if (!json.StartsWith('{'))
        {
            return json;
        }

        var root = JsonNode.Parse(json)!;
        for (var n = random.Next(1, 3); n > 0; n--)
        {
            var holders = new List<JsonNode>();
            Collect(root, holders);
            Change(holders[random.Next(holders.Count)], random);
        }

        return root.ToJsonString();
    }

    private static void Collect(JsonNode node, List<JsonNode> holders)
    {
        holders.Add(node);
        var children = node is JsonObject o ? o.Select(m => m.Value) : node.AsArray();
        foreach (var child in children)
        {
            if (child is JsonObject or JsonArray)
            {
                Collect(child, holders);
            }
        }
    }

    private static void Change(JsonNode holder, Random random)
    {
        var odd = JsonNode.Parse(Odd[random.Next(Odd.Length)]);
        if (holder is JsonArray list)
        {
            switch (random.Next(3))
            {
                case 0 when list.Count > 0:
                    list.RemoveAt(random.Next(list.Count));
                    break;
                case 1 when list.Count > 0:
                    list.Add(list[random.Next(list.Count)]?.DeepClone());
                    break;
                default:
                    list.Insert(random.Next(list.Count + 1), odd);
                    break;
            }

            return;
        }

        var members = (JsonObject)holder;
        var name = members.Count > 0 ? members.ElementAt(random.Next(members.Count)).Key : "x";
        switch (random.Next(5))
        {
            case 0:
                members.Remove(name);
                break;
            case 1:
                members[Names[random.Next(Names.Length)]] = odd;
                break;
            case 2 when members[name] is { } moved:
                var copy = moved.DeepClone();
                members.Remove(name);
                members[Names[random.Next(Names.Length)]] = copy;
                break;
            default:
                members[name] = odd;
                break;
        }
    }
}
