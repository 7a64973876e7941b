-- Walks a file of ready requests, each sent once, and prints what came of them as one line of JSON.
-- Arguments: the file, and the bytes of a request. For one thread.

local requests, position = {}, 0

function setup(thread)
  walker = thread
end

function init(args)
  local size = tonumber(args[2])
  local file = assert(io.open(args[1], "rb"))
  for found in function() return file:read(size) end do
    requests[#requests + 1] = found
  end
  file:close()
end

function request()
  position = position + 1
  if position > #requests then
    used_up = true
    wrk.thread:stop()
    return "GET /used-up HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
  end
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"seconds": %.6f, "answers": %d, "refused": %d, "broken": %d, "p50": %.6f, "p99": %.6f, "p999": %.6f, ' ..
    '"used_up": %s}\n',
    summary.duration / 1e6, summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, latency:percentile(99.9) / 1e6,
    tostring(walker:get("used_up") or false)))
end
