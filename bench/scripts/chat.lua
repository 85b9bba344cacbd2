-- wrk script: one chat request, sent over and over. BENCH_PATH is where to, BENCH_BODY names the file with the request's JSON,
-- BENCH_HEADERS holds further headers as "Name: value|Name: value". Prints the figures as one JSON line.
local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
wrk.method = "POST"
wrk.path = assert(os.getenv("BENCH_PATH"))
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()
for name, value in string.gmatch(os.getenv("BENCH_HEADERS") or "", "([^:|]+): ([^|]+)") do
  wrk.headers[name] = value
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'BENCH {"requests":%d,"seconds":%.6f,"bytes":%d,"p50_us":%d,"p99_us":%d,"bad_status":%d,"broken":%d,"timeouts":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.status, e.connect + e.read + e.write, e.timeout))
end
