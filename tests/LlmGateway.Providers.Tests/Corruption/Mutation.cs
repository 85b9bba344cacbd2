using System.Text;

namespace LlmGateway.Providers.Tests.Corruption;

/// <summary>What a reader must make of a corrupted stream.</summary>
internal enum Verdict
{
    /// <summary>The same answer.</summary>
    Same,

    /// <summary>The same answer, or a failure.</summary>
    SameOrFailed,

    /// <summary>A failure.</summary>
    Failed,

    /// <summary>What the rules of the wire make of the bytes, or a failure.</summary>
    AsTheRulesSay,
}

/// <summary>One corruption of one stream.</summary>
/// <param name="Bytes">What arrives.</param>
/// <param name="IsBroken">The connection breaks behind them; otherwise the body ends in good order.</param>
/// <param name="Verdict">What must come of it.</param>
/// <param name="What">For the message of a failed test.</param>
internal sealed record Mutation(byte[] Bytes, bool IsBroken, Verdict Verdict, string What)
{
    /// <summary>What means something to a reader, and what may stand nowhere.</summary>
    private const string Inserted = "\n\r\"\\{}[]:, x\0\u007f";

    public static Mutation Make(RecordedStream stream, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(stream.Units));
        return random.Next(20) switch
        {
            < 5 => Cut(bytes, random),
            < 10 => ChangeBytes(bytes, random),
            < 13 => Drop(stream, random),
            < 15 => Duplicate(stream, random),
            < 17 => Reorder(stream, random),
            < 18 => BreakACharacter(bytes, random),
            _ => new Mutation(bytes, false, Verdict.Same, "only split"),
        };
    }

    private static Mutation Cut(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length);
        var broken = random.Next(2) == 0;
        return new Mutation(bytes[..at], broken, Verdict.SameOrFailed, $"cut at {at}, {(broken ? "broken" : "ended")}");
    }

    private static Mutation ChangeBytes(byte[] bytes, Random random)
    {
        var list = bytes.ToList();
        var what = new StringBuilder("bytes:");
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(4))
            {
                case 0:
                    list[at] ^= (byte)(1 << random.Next(8));
                    what.Append(" flipped ").Append(at);
                    break;
                case 1:
                    list[at] = (byte)random.Next(256);
                    what.Append(" replaced ").Append(at);
                    break;
                case 2:
                    list.Insert(at, (byte)Inserted[random.Next(Inserted.Length)]);
                    what.Append(" inserted ").Append(at);
                    break;
                default:
                    list.RemoveRange(at, Math.Min(random.Next(1, 9), list.Count - at));
                    what.Append(" deleted ").Append(at);
                    break;
            }
        }

        return new Mutation([.. list], random.Next(4) == 0, Verdict.AsTheRulesSay, what.ToString());
    }

    private static Mutation Drop(RecordedStream stream, Random random)
    {
        var droppable = stream.Units.Select((u, i) => (Unit: u, Index: i)).Where(u => stream.IsIndispensable(u.Unit) || stream.IsNoAnswer(u.Unit)).ToArray();
        var (unit, at) = droppable[random.Next(droppable.Length)];
        return new Mutation(
            Join([.. stream.Units.Where((_, i) => i != at)]), false, stream.IsIndispensable(unit) ? Verdict.Failed : Verdict.Same, $"dropped unit {at}");
    }

    private static Mutation Duplicate(RecordedStream stream, Random random)
    {
        var units = stream.Units.ToList();
        var at = random.Next(units.Count);
        units.Insert(at, units[at]);
        return new Mutation(Join(units), random.Next(4) == 0, Verdict.AsTheRulesSay, $"duplicated unit {at}");
    }

    private static Mutation Reorder(RecordedStream stream, Random random)
    {
        var units = stream.Units.ToArray();
        var (a, b) = (random.Next(units.Length), random.Next(units.Length));
        (units[a], units[b]) = (units[b], units[a]);
        return new Mutation(Join(units), false, Verdict.AsTheRulesSay, $"swapped units {a} and {b}");
    }

    /// <summary>Takes a part of a character away that has several bytes.</summary>
    private static Mutation BreakACharacter(byte[] bytes, Random random)
    {
        var leads = Enumerable.Range(0, bytes.Length).Where(i => bytes[i] >= 0xC0).ToArray();
        var at = leads[random.Next(leads.Length)];
        var length = bytes[at] >= 0xF0 ? 4 : bytes[at] >= 0xE0 ? 3 : 2;
        var first = random.Next(length);
        var count = random.Next(1, Math.Min(length - first, length - 1) + 1);
        return new Mutation(
            [.. bytes[..(at + first)], .. bytes[(at + first + count)..]], false, Verdict.Failed, $"took {count} bytes from {first} of the character at {at}");
    }

    private static byte[] Join(IReadOnlyList<string> units) => Encoding.UTF8.GetBytes(string.Concat(units));
}
