"""The web process: `python -m realtime.server` runs uvicorn on `realtime.asgi:application`.

What the socket side may rely on (the types are in `realtime.wire`, the protocols in `realtime.protocols`):

- `scope["extensions"]["entrepot.write"]` (`wire.WRITER_EXTENSION`) is a `wire.SharedWriter`; under Daphne
  and in the Channels test client the key is absent, and plain `send` is the fallback.
      frame = encode_text_frame(payload)      # once per message, for all sockets
      writer.write(frame)                     # queues by reference, never awaits; ignored once closing
      writer.paused                           # more than 64 KiB wait: hold back, conflate
      writer.on_resume = callback             # the backlog fell below 16 KiB: flush what was held back
      writer.buffered()                       # bytes waiting, for deadlines and metrics
      writer.close(4008, "too slow")          # never blocks; the app gets websocket.disconnect(4008)
- Plain `await send(...)` and `writer.write(...)` may be mixed freely: both write whole frames.
- `send` to a socket that is closing or gone is ignored, it does not raise: `websocket.disconnect`
  always arrives, and is the one place where a consumer cleans up.
- Messages of more than 64 KiB are closed with 1009; deflate is never negotiated; the server pings every
  20 s and cuts a socket that answers none of it within 20 s.
"""
