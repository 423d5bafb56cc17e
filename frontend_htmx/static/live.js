// The page's end of the live road (docs/live.md): one socket per tab keeps every [data-live] region true.
// State is in the DOM: a region carries its grant and its address, each live element its topic and its version.
(() => {
  "use strict";

  const meta = document.querySelector('meta[name="live-ticket"]');
  if (!meta) return;

  const { rules } = live;
  const { all, isBusy, keepNewer, keepingFocus, place, shownIn } = live.elements;
  const BEAT_MS = 15_000;
  const HIDDEN_MS = 5 * 60_000;
  const STEADY_MS = 10_000;
  const REFUSED_MS = 60_000;
  const REFRESH_PAUSE_MS = 2_000;
  const RETRY_MS = 20_000;
  const BAD_TICKET = 4401;

  const regions = () => all("[data-live]");
  const topicsIn = (region) => shownIn(region).map((element) => element.dataset.topic);
  const regionsWith = (topics) => regions().filter((region) => topicsIn(region).some((topic) => topics.includes(topic)));
  const within = (ms) => Math.random() * ms;

  // --- The socket ---------------------------------------------------------------------------------------------------
  let socket = null;
  let ticket = meta.content;
  let epoch = meta.dataset.epoch;
  let isWelcome = false;
  let welcomeAt = 0;
  let lostAt = 0;
  let attempt = 0;
  let reconnectTimer = 0;

  const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

  function connect() {
    clearTimeout(reconnectTimer);
    if (socket || document.hidden || !regions().length) return;
    socket = new WebSocket(new URL("/live", location.href).href.replace(/^http/, "ws"));
    socket.onopen = () => send({ t: "hello", ticket, lang: document.documentElement.lang });
    socket.onclose = ({ code }) => lost(code);
    socket.onmessage = ({ data }) => {
      isUnanswered = false;
      if (data.startsWith("<")) apply(data);
      else answer(JSON.parse(data));
    };
  }

  function disconnect() {
    clearTimeout(beatTimer);
    clearTimeout(reconnectTimer);
    if (socket) {
      socket.onclose = socket.onmessage = null;
      socket.close();
    }
    socket = null;
    isWelcome = isUnanswered = false;
    lostAt ||= Date.now();
    regions().forEach((region) => subscribed.delete(region));
    watched = [];
  }

  async function lost(code) {
    disconnect();
    if (welcomeAt && Date.now() - welcomeAt > STEADY_MS) attempt = 0;
    welcomeAt = 0;
    showRoad();
    setTimeout(showRoad, rules.OFFLINE_MS + 100);
    if (code === BAD_TICKET) await renewTicket();
    reconnectTimer = setTimeout(connect, rules.backoff(attempt++, Math.random()));
  }

  async function renewTicket() {
    try {
      const response = await fetch(meta.dataset.url);
      if (response.ok) ({ ticket } = await response.json());
    } catch {
      // No network: the next attempt is refused, and asks again.
    }
  }

  // The frames of one message are applied in one task, so that a page is never torn.
  function apply(html) {
    const box = document.createElement("template");
    box.innerHTML = html;
    for (const frame of box.content.children) {
      if (frame.dataset.push === "replace") [...frame.content.children].forEach(place);
    }
  }

  const answers = {
    welcome(message) {
      ({ epoch, ticket } = message);
      isWelcome = true;
      welcomeAt = beatAt = Date.now();
      lostAt = 0;
      tickAgeS = message.tick_age;
      subscribe();
      beat();
      showRoad();
    },
    hb(message) {
      tickAgeS = message.tick_age;
      ticket = message.ticket ?? ticket;
      showRoad();
    },
    refresh(message) {
      epoch = message.epoch;
      regionsWith(message.topics).forEach((region) => refreshSoon(region, within(message.within_s * 1_000)));
    },
    refused(message) {
      regionsWith(message.topics).forEach((region) => refused(region, message.why));
      showRoad();
    },
    error: (message) => console.warn("live:", message.code),
  };
  const answer = (message) => answers[message.t]?.(message);

  // A socket that answers no heartbeat is dead, and so is one that slept through three of them.
  let isUnanswered = false;
  let beatAt = 0;
  let beatTimer = 0;

  function beat() {
    const slept = Date.now() - beatAt;
    beatAt = Date.now();
    if (isUnanswered || slept > 3 * BEAT_MS) return lost();
    isUnanswered = send({ t: "hb" }) !== false;
    beatTimer = setTimeout(beat, BEAT_MS);
  }

  // --- Regions: subscribed with the versions they show --------------------------------------------------------------
  const subscribed = new WeakMap(); // region -> the grant that was sent
  let watched = [];

  function subscribe() {
    if (!isWelcome) return;
    const shown = regions().flatMap(topicsIn);
    const gone = watched.filter((topic) => !shown.includes(topic));
    if (gone.length) send({ t: "unsub", topics: gone });
    watched = shown;
    regions().filter((region) => subscribed.get(region) !== region.dataset.grant).forEach(subscribeRegion);
  }

  function subscribeRegion(region) {
    const { grant, epoch: made } = region.dataset;
    const have = rules.have(shownIn(region).map(({ dataset }) => ({ topic: dataset.topic, v: dataset.v })));
    subscribed.set(region, grant);
    send({ t: "sub", grant, have, epoch: made ?? meta.dataset.epoch });
  }

  const refusedAt = new Map(); // region's id -> when

  function refused(region, why) {
    const isAgain = Date.now() - (refusedAt.get(region.id) ?? 0) < REFUSED_MS;
    if (why === "retry") {
      subscribed.delete(region);
      setTimeout(subscribe, within(RETRY_MS));
    } else if (why === "limit" || isAgain) {
      region.dataset.gone = why;
    } else {
      refusedAt.set(region.id, Date.now());
      refreshSoon(region, 0);
    }
  }

  // --- The last step of recovery: the region's own address, the same view, the same fragments -----------------------
  const refreshing = new WeakSet();
  const refreshedAt = new Map(); // region's id -> when

  function refreshSoon(region, in_ms) {
    if (refreshing.has(region)) return;
    refreshing.add(region);
    const pause = (refreshedAt.get(region.id) ?? 0) + REFRESH_PAUSE_MS - Date.now();
    setTimeout(() => refresh(region), Math.max(in_ms, pause));
  }

  async function refresh(region) {
    const made = epoch;
    refreshedAt.set(region.id, Date.now());
    try {
      const fresh = await fetchRegion(region);
      refreshing.delete(region);
      if (fresh && region.isConnected) replaceRegion(region, fresh, made);
      else if (!fresh) region.dataset.gone = "refused";
      showRoad();
    } catch {
      refreshing.delete(region);
      if (region.isConnected) refreshSoon(region, within(RETRY_MS));
    }
  }

  // The region as it is now, or undefined if it is not shown to this person any more. Throws if nobody can say.
  async function fetchRegion(region) {
    const headers = { "HX-Request": "true", "HX-Target": region.id, "HX-Current-URL": location.href, "Live-Refresh": "1" };
    const response = await fetch(region.dataset.url, { headers });
    if (response.status >= 500 || response.status === 429) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return (response.ok && page.getElementById(region.id)) || undefined;
  }

  function replaceRegion(region, fresh, made) {
    let present = region;
    if (isBusy(region)) {
      shownIn(fresh).forEach(place);
      region.dataset.grant = fresh.dataset.grant;
    } else {
      present = document.importNode(fresh, true);
      keepNewer(shownIn(region), present);
      keepingFocus(region, present, () => region.replaceWith(present));
      globalThis.htmx?.process(present);
    }
    present.dataset.epoch = made;
    subscribe();
  }

  // --- What the page says of the road -------------------------------------------------------------------------------
  let tickAgeS = 0;

  function showRoad() {
    const isUsed = regions().length > 0;
    const { state, since } = rules.road({ now: Date.now(), isOnline: navigator.onLine, lostAt, tickAgeS });
    for (const region of regions()) region.toggleAttribute("data-stale", state !== "live" || "gone" in region.dataset);
    for (const sign of all("[data-road]")) {
      const shown = isUsed ? state : "none";
      if (sign.dataset.road === shown) continue;
      sign.dataset.road = shown;
      all("[data-since]", sign).forEach((time) => (time.dateTime = new Date(since).toISOString()));
    }
  }

  // --- The tab's life -----------------------------------------------------------------------------------------------
  let hiddenTimer = 0;

  function wake() {
    clearTimeout(hiddenTimer);
    connect();
    subscribe();
    if (isWelcome || !socket) showRoad();
  }

  // Whoever comes back after a while sees that the page catches up, not that it was away.
  function comeBack() {
    if (!socket) lostAt = Date.now();
    wake();
    showRoad();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenTimer = setTimeout(disconnect, HIDDEN_MS);
    else comeBack();
  });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => event.persisted && comeBack());
  addEventListener("offline", () => lost());
  addEventListener("online", () => {
    disconnect();
    attempt = 0;
    comeBack();
  });
  document.addEventListener("htmx:load", wake);
  wake();
})();
