using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// Reads <c>usage</c> objects in every shape of <see cref="UsageFields"/>. Fields are not believed one by one: <c>total_tokens</c> shows
/// what the others leave out, such as reasoning that xAI counts beside the completion and Gemini does not count at all.
/// </summary>
public static class UsageReader
{
    private const long Untold = -1;

    /// <summary>
    /// Reads the object that <paramref name="reader"/> stands on and leaves the reader on its end. Null where the value is
    /// no object or counts nothing.
    /// </summary>
    public static TokenUsage? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        Span<long> counts = stackalloc long[UsageFields.Counts];
        counts.Fill(Untold);
        ReadMembers(ref reader, isDetail: false, counts);
        return Judge(counts);
    }

    private static void ReadMembers(ref Utf8JsonReader reader, bool isDetail, scoped Span<long> counts)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Find(ref reader, isDetail) is { } field)
            {
                reader.Read();
                if (TokenCount.TryRead(ref reader, out var count))
                {
                    ref var told = ref counts[(int)field.Count];
                    told = Math.Max(told, count);
                }

                continue;
            }

            var isHolder = !isDetail && IsHolder(ref reader);
            reader.Read();
            if (isHolder && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadMembers(ref reader, isDetail: true, counts);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static UsageField? Find(ref Utf8JsonReader reader, bool isDetail)
    {
        foreach (var field in UsageFields.All)
        {
            if (field.IsDetail == isDetail && reader.ValueTextEquals(field.Name))
            {
                return field;
            }
        }

        return null;
    }

    private static bool IsHolder(ref Utf8JsonReader reader)
    {
        foreach (var holder in UsageFields.Holders)
        {
            if (reader.ValueTextEquals(holder))
            {
                return true;
            }
        }

        return false;
    }

    private static TokenUsage? Judge(ReadOnlySpan<long> counts)
    {
        var miss = counts[(int)UsageCount.CacheMiss];
        var (prompt, completion, total) = (counts[(int)UsageCount.Prompt], counts[(int)UsageCount.Completion], counts[(int)UsageCount.Total]);
        var (read, creation) = (Of(counts, UsageCount.CacheRead), Of(counts, UsageCount.CacheCreation));
        var (cached, reasoning) = (Math.Max(Of(counts, UsageCount.Cached), read), Of(counts, UsageCount.Reasoning));
        var longWrites = Of(counts, UsageCount.LongCacheWrite);
        var writes = Math.Max(Math.Max(Of(counts, UsageCount.CacheWrite), creation), longWrites + Of(counts, UsageCount.ShortCacheWrite));
        if (prompt == Untold && miss != Untold)
        {
            prompt = miss + cached;
        }

        if (prompt == Untold && completion == Untold && total == Untold)
        {
            return null;
        }

        Complete(ref prompt, ref completion, total, read > 0 || creation > 0 ? cached + writes : 0, ref reasoning);
        (prompt, completion) = (TokenCount.Clamp(prompt), TokenCount.Clamp(completion));
        cached = Math.Min(cached, prompt);
        writes = Math.Min(writes, prompt - cached);
        return new TokenUsage(prompt, completion)
        {
            CachedTokens = cached,
            CacheWriteTokens = writes,
            LongCacheWriteTokens = Math.Min(longWrites, writes),
            ReasoningTokens = Math.Min(reasoning, completion),
        };
    }

    /// <summary>Adds to prompt and completion what the total, or a part that is larger than its whole, shows to be missing in them.</summary>
    /// <param name="prompt">Of the prompt.</param>
    /// <param name="completion">Of the completion.</param>
    /// <param name="total">Of both.</param>
    /// <param name="cache">Those that a cache had to do with, where they may stand beside the prompt; otherwise 0.</param>
    /// <param name="reasoning">Hidden, within the completion or beside it.</param>
    private static void Complete(ref long prompt, ref long completion, long total, long cache, ref long reasoning)
    {
        var isPromptTold = prompt != Untold;
        var isCompletionTold = completion != Untold;
        (prompt, completion) = (Math.Max(prompt, 0), Math.Max(completion, 0));
        if (total == Untold)
        {
            // Only what is no part of the rest can be larger than it.
            completion += reasoning > completion ? reasoning : 0;
            prompt += cache > prompt ? cache : 0;
            return;
        }

        // A total that could not have been counted shows nothing.
        var missing = total < TokenCount.Most ? total - prompt - completion : 0;
        if (missing <= 0)
        {
            return;
        }

        var isCache = cache > 0 && (missing == cache || missing == cache + reasoning);

        if (!isPromptTold)
        {
            // Servers of embeddings tell the total alone (Voyage).
            prompt += missing;
        }
        else if (missing == reasoning || !isCompletionTold || !isCache)
        {
            // Beside the completion (xAI), or nowhere (Gemini): tokens that nobody saw are reasoning.
            completion += missing;
            reasoning = reasoning > 0 || !isCompletionTold ? reasoning : missing;
        }
        else
        {
            // Beside the prompt, as Anthropic counts its cache.
            prompt += cache;
            completion += missing - cache;
        }
    }

    private static long Of(ReadOnlySpan<long> counts, UsageCount count) => Math.Max(counts[(int)count], 0);
}
