// One socket per tab: hello, heartbeat, and coming back. It knows no page: what it hears it tells as events of the
// document, `live:frames` and `live:<t>` for each control message, and `live:lost` when it is gone.
(() => {
  "use strict";

  const meta = document.querySelector('meta[name="live-ticket"]');
  if (!meta) return;

  const { rules } = live;
  const BEAT_MS = 15_000;
  const STEADY_MS = 10_000;
  const WELCOME_MS = 20_000;
  const BAD_TICKET = 4401;
  const TOO_MANY = 4429;
  const SLOWLY = 5;

  let socket = null;
  let ticket = meta.content;
  let isWelcome = false;
  let wasWelcome = false; // on this network, ever
  let failures = 0;
  let welcomeAt = 0;
  let lostAt = 0;
  let attempt = 0;
  let timer = 0;

  const isBlocked = () => rules.isBlocked(failures, wasWelcome);
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));
  const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

  // Whoever waits for its turn to come back goes on waiting.
  function connect() {
    if (!timer) connectNow();
  }

  function connectNow() {
    stopWaiting();
    if (socket || document.hidden || !document.querySelector("[data-live]")) return;
    socket = new WebSocket(new URL("/live", location.href).href.replace(/^http/, "ws"));
    socket.onopen = () => send({ t: "hello", ticket, lang: document.documentElement.lang, build: meta.dataset.build });
    socket.onclose = ({ code }) => lost(code);
    beatTimer = setTimeout(lost, WELCOME_MS); // some networks swallow a socket without a word
    socket.onmessage = ({ data }) => {
      isUnanswered = false;
      if (data.startsWith("<")) tell("frames", data);
      else hear(JSON.parse(data));
    };
  }

  function hear(message) {
    ticket = message.ticket ?? ticket;
    if (message.t === "welcome") {
      isWelcome = wasWelcome = true;
      welcomeAt = beatAt = Date.now();
      lostAt = failures = 0;
      beat();
    }
    tell(message.t, message);
  }

  function disconnect() {
    clearTimeout(beatTimer);
    stopWaiting();
    if (socket) {
      socket.onclose = socket.onmessage = null;
      socket.close();
    }
    socket = null;
    isWelcome = isUnanswered = false;
    lostAt ||= Date.now();
    tell("lost");
  }

  async function lost(code) {
    if (socket && !isWelcome && navigator.onLine) failures += 1;
    if (welcomeAt && Date.now() - welcomeAt > STEADY_MS) attempt = 0;
    if (code === TOO_MANY) attempt = Math.max(attempt, SLOWLY);
    welcomeAt = 0;
    disconnect();
    if (code === BAD_TICKET) await renewTicket();
    const pause = isBlocked() ? rules.retryBlocked(failures, Math.random()) : rules.backoff(attempt++, Math.random());
    stopWaiting();
    timer = setTimeout(connectNow, pause);
  }

  function stopWaiting() {
    clearTimeout(timer);
    timer = 0;
  }

  // Who the session is now, and a ticket that says so; undefined where nobody can say.
  async function renewTicket() {
    try {
      const response = await fetch(meta.dataset.url, { cache: "no-store" });
      if (!response.ok) return undefined;
      const answer = await response.json();
      ticket = answer.ticket;
      tell("person", answer.person);
      return answer.person;
    } catch {
      return undefined; // no network: the next attempt is refused, and asks again
    }
  }

  // A network of which nothing is known yet: the next attempt is made at once.
  function begin() {
    disconnect();
    attempt = failures = 0;
    wasWelcome = false;
  }

  // A socket that answers no heartbeat is dead, and so is one that slept through three of them.
  let isUnanswered = false;
  let beatAt = 0;
  let beatTimer = 0;

  function beat() {
    clearTimeout(beatTimer);
    const slept = Date.now() - beatAt;
    beatAt = Date.now();
    if (isUnanswered || slept > 3 * BEAT_MS) return lost();
    isUnanswered = send({ t: "hb" }) !== false;
    beatTimer = setTimeout(beat, BEAT_MS);
  }

  live.page = { person: Number(meta.dataset.person), build: meta.dataset.build, epoch: meta.dataset.epoch };
  live.send = send;
  live.socket = {
    begin,
    connect,
    connectNow,
    disconnect,
    lost,
    renewTicket,
    get isOpen() {
      return socket !== null;
    },
    get isWelcome() {
      return isWelcome;
    },
    get isBlocked() {
      return isBlocked();
    },
    // When the road was lost; 0 while it is not. Whoever comes back after a while sees that the page catches up now.
    get lostAt() {
      return lostAt;
    },
    set lostAt(at) {
      lostAt = at;
    },
  };
})();
