"""What Redis does in one step for the relay: look where the road stands, and take up what a batch has brought.

One script, whatever there is to be told: a broadcast costs the relay and Redis little more than its bytes, and nothing
is stored that is not announced.
"""

from realtime.road import Bundle, Entries, Push

Arg = str | int | bytes

LOOK = """
-- KEYS[1] is live:road; ARGV: the field of the caller's term, its term
local road = redis.call('HGETALL', KEYS[1])
local term = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if #road > 0 and tonumber(ARGV[2]) > term then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return road
"""

PUBLISH = """
-- KEYS[1] is live:road
-- ARGV: epoch, field and number of the term, field and number of the position, ttl of heads, ttl of frames, length of
-- logs, build, number of news; for each: topic, version, n, n times (language, frame), m, m times (language, first
-- seq, k, k frames); then for each announcement: message, n, n times (number of the news, channel)
local stored = redis.call('HMGET', KEYS[1], 'epoch', ARGV[2], ARGV[4])
if stored[1] ~= ARGV[1] then return 'epoch' end
if tonumber(stored[2] or '0') > tonumber(ARGV[3]) then return 'term' end
local prefix, i, fresh = 'live:' .. ARGV[1] .. ':', 11, {}

local function store_frame(topic, version, lang, frame, is_fresh)
  if is_fresh then
    redis.call('SET', prefix .. 'frame:' .. ARGV[9] .. ':' .. topic .. ':' .. lang, version .. ' ' .. frame,
               'EX', ARGV[7])
  end
end

local function append(topic, lang, at, first, n, is_fresh)
  if not is_fresh then return end
  local key = prefix .. 'log:' .. ARGV[9] .. ':' .. topic .. ':' .. lang
  local newest = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  local last = newest and tonumber(string.match(newest[1], '^%d+')) or 0
  for k = 0, n - 1 do
    if first + k > last then
      redis.call('XADD', key, 'MAXLEN', '~', ARGV[8], string.format('%d-0', first + k), 'f', ARGV[at + k])
    end
  end
  redis.call('EXPIRE', key, ARGV[7])
end

for nth = 1, tonumber(ARGV[10]) do
  local topic, version = ARGV[i], ARGV[i + 1]
  local head = redis.call('GET', prefix .. 'head:' .. topic)
  fresh[nth] = not head or tonumber(version) >= tonumber(head)
  if fresh[nth] then redis.call('SET', prefix .. 'head:' .. topic, version, 'EX', ARGV[6]) end
  i = i + 3
  for _ = 1, tonumber(ARGV[i - 1]) do
    store_frame(topic, version, ARGV[i], ARGV[i + 1], fresh[nth])
    i = i + 2
  end
  i = i + 1
  for _ = 1, tonumber(ARGV[i - 1]) do
    local n = tonumber(ARGV[i + 2])
    append(topic, ARGV[i], i + 3, tonumber(ARGV[i + 1]), n, fresh[nth])
    i = i + 3 + n
  end
end
if tonumber(ARGV[5]) > tonumber(stored[3] or '-1') then redis.call('HSET', KEYS[1], ARGV[4], ARGV[5]) end
while i <= #ARGV do
  local message, n = ARGV[i], tonumber(ARGV[i + 1])
  i = i + 2
  for _ = 1, n do
    if fresh[tonumber(ARGV[i])] then redis.call('PUBLISH', ARGV[i + 1], message) end
    i = i + 2
  end
end
return ''
"""


def stored_args(one: Push | Entries) -> list[Arg]:
    args: list[Arg] = [one.topic, one.version]
    if isinstance(one, Push):
        args.append(len(one.frames))
        for lang, frame in one.frames.items():
            args += [lang, frame]
        return [*args, 0]
    args += [0, len(one.frames)]
    for lang, frames in one.frames.items():
        args += [lang, one.first, len(frames), *frames]
    return args


def message_of(bundle: Bundle) -> dict[str, object]:
    told = [_told(one, bundle.trace) for one in bundle.news]
    return {"type": "live.bundle", "e": bundle.epoch, "b": bundle.build, "n": told, "x": bundle.trace}


def _told(one: Push | Entries, trace: str) -> dict[str, object]:
    told: dict[str, object] = {"topic": one.topic, "v": one.version}
    if isinstance(one, Push):
        return told | {"frames": {lang: traced(frame, trace) for lang, frame in one.frames.items()}}
    logs = {lang: [traced(frame, trace) for frame in frames] for lang, frames in one.frames.items()}
    return told | {"first": one.first, "frames": logs}


def traced(frame: bytes, trace: str) -> bytes:
    """The frame of a sampled event as it is announced: the page acknowledges it. Stored without, to be shown later."""
    return frame.replace(b"<template ", f'<template data-trace="{trace}" '.encode(), 1) if trace else frame
