-- Sends the requests of a file (REQUESTS), each once, and says in one line of JSON how it went.
-- Each request stands in the file whole, as it goes over the wire, after its length and a newline.

local requests, sender = {}, nil
at = 0 -- global: `done` asks the thread for it

function setup(thread)
  sender = thread
end

function init(args)
  local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
  while true do
    local length = file:read("*l")
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  at = at + 1
  -- A second sending would be answered from the replies remembered: then the run is void.
  return requests[(at - 1) % #requests + 1]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"refused":%d,"broken":%d,"sent":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    sender:get("at")))
end
