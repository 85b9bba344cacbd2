namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>What Redis does in one go with the stream of a job, <c>KEYS[1]</c>.</summary>
internal static class RedisJobScripts
{
    /// <summary>
    /// <see cref="IJobEventLog.AppendAsync"/>. Arguments: attempt, sequence of the first event, time to live in milliseconds, channel, id of
    /// the job, and the events.
    /// </summary>
    public const string Append = """
        local attempt = tonumber(ARGV[1])
        local first = tonumber(ARGV[2])
        local count = #ARGV - 5
        local next = 0
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        if last then
            local a, s = string.match(last[1], '^(%d+)%-(%d+)$')
            a = tonumber(a)
            if a > attempt then
                return -1
            end
            if a == attempt then
                next = tonumber(s) + 1
            elseif first == 0 and count > 0 then
                redis.call('DEL', KEYS[1])
            end
        end
        if first > next then
            return next
        end
        local added = false
        for i = next - first + 1, count do
            redis.call('XADD', KEYS[1], string.format('%d-%d', attempt, first + i - 1), 'd', ARGV[5 + i])
            next = first + i
            added = true
        end
        if added then
            redis.call('PEXPIRE', KEYS[1], ARGV[3])
            redis.call('PUBLISH', ARGV[4], ARGV[5])
        end
        return next
        """;

    /// <summary>
    /// <see cref="IJobEventLog.ReadAsync"/>. Arguments: the caller's attempt, the sequence it wants next, and how many it takes. Gives ids
    /// and documents in turn.
    /// </summary>
    public const string Read = """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        local found = {}
        if not last then
            return found
        end
        local attempt = string.match(last[1], '^(%d+)')
        local from = '-'
        if tonumber(attempt) == tonumber(ARGV[1]) then
            from = attempt .. '-' .. ARGV[2]
        end
        for _, entry in ipairs(redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', ARGV[3])) do
            found[#found + 1] = entry[1]
            found[#found + 1] = entry[2][2]
        end
        return found
        """;
}
