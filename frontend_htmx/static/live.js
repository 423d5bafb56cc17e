// The page's end of the live road (docs/live.md): one socket per tab keeps every [data-live] region true.
// All state is in the DOM: a region carries its grant and its address, each live element its topic and version.
(() => {
  "use strict";

  const BEAT_MS = 15_000;
  const DELAYED_S = 5;
  const HIDDEN_MS = 5 * 60_000;
  const OFFLINE_MS = 10_000;
  const STEADY_MS = 10_000;
  const ANNOUNCE_MS = 5_000;
  const REFUSED_MS = 60_000;
  const BAD_TICKET = 4401;

  // --- Rules: pure, tested without a browser ------------------------------------------------------------------------
  const rules = {
    // Nowhere does a lower version replace a higher one; an equal one has nothing to say.
    isNewer: (incoming, present) => Number(incoming) > Number(present ?? -1),

    // Full jitter: ten thousand pages that lost one server do not come back in one second.
    backoff: (attempt, random) => random * Math.min(30_000, 1_000 * 2 ** attempt),

    // What the page says of the road: { state, since }; since is a moment in milliseconds.
    road({ now, isOnline, lostAt, tickAgeS }) {
      if (!isOnline || (lostAt && now - lostAt > OFFLINE_MS)) return { state: "offline", since: lostAt || now };
      if (lostAt) return { state: "reconnecting", since: lostAt };
      if (tickAgeS > DELAYED_S) return { state: "delayed", since: now - tickAgeS * 1_000 };
      return { state: "live", since: now };
    },

    // The versions of a region's topics; where a topic is shown twice, the older showing decides what is missing.
    have(shown) {
      const versions = {};
      for (const { topic, v } of shown) versions[topic] = Math.min(versions[topic] ?? Infinity, Number(v) || 0);
      return versions;
    },

    // What a field holds that has not been sent.
    isUnsent(field) {
      if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
      if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
      return field.defaultValue !== undefined && field.type !== "hidden" && field.value !== field.defaultValue;
    },
  };

  globalThis.live = { rules };
  if (typeof document === "undefined") return;

  const FIELDS = "input, select, textarea, [contenteditable]";
  const meta = document.querySelector('meta[name="live-ticket"]');
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const regions = () => all("[data-live]");
  const shownIn = (root) => all("[data-topic]", root).concat(root.matches?.("[data-topic]") ? [root] : []);
  const soon = (task, spread_ms) => setTimeout(task, Math.random() * spread_ms);

  // --- Elements: the version rule, and nothing a person is doing is lost --------------------------------------------
  const held = new Map(); // id -> the newest element that could not be shown while a field of the present one is in use

  const isBusy = (element) =>
    (document.activeElement?.matches(FIELDS) && element.contains(document.activeElement)) ||
    all(FIELDS, element).some(rules.isUnsent);

  function place(incoming) {
    const places = all("#" + CSS.escape(incoming.id));
    places.forEach((present, n) => {
      if (!rules.isNewer(incoming.dataset.v, present.dataset.v)) return;
      if (isBusy(present)) hold(incoming);
      else show(present, n ? incoming.cloneNode(true) : incoming);
    });
  }

  function hold(incoming) {
    if (rules.isNewer(incoming.dataset.v, held.get(incoming.id)?.dataset.v)) held.set(incoming.id, incoming.cloneNode(true));
  }

  function release() {
    for (const [id, incoming] of [...held]) {
      held.delete(id);
      place(incoming);
    }
  }

  function show(present, incoming) {
    const isChange = present.textContent.trim() !== incoming.textContent.trim();
    keepingFocus(present, incoming, () => present.replaceWith(incoming));
    globalThis.htmx?.process(incoming);
    if (isChange) {
      mark(incoming);
      announce(incoming);
    }
  }

  // A link or button that has the focus is found again by its place in the element.
  function keepingFocus(present, incoming, swap) {
    const focused = document.activeElement;
    const path = [];
    for (let node = focused; present.contains(node) && node !== present; node = node.parentElement) {
      path.unshift([...node.parentElement.children].indexOf(node));
    }
    const hadFocus = present.contains(focused);
    swap();
    const successor = (focused.id && incoming.querySelector("#" + CSS.escape(focused.id))) || path.reduce((node, n) => node?.children[n], incoming);
    if (hadFocus && successor?.tagName === focused.tagName) successor.focus({ preventScroll: true });
  }

  function mark(element) {
    element.classList.add("just-changed");
    setTimeout(() => element.classList.remove("just-changed"), 2_000);
  }

  const announcer = document.createElement("div");
  let announcedAt = 0;
  let toAnnounce = null;

  // At most one change every few seconds, the newest: somebody is listening to it.
  function announce(element) {
    const subject = element.closest("[data-name]")?.dataset.name ?? "";
    const isWaiting = toAnnounce !== null;
    toAnnounce = `${subject} ${element.textContent}`.replace(/\s+/g, " ").trim();
    if (!isWaiting) setTimeout(speak, Math.max(0, announcedAt + ANNOUNCE_MS - Date.now()));
  }

  function speak() {
    announcedAt = Date.now();
    announcer.textContent = toAnnounce;
    toAnnounce = null;
  }

  // --- Regions: subscribed with their versions, asked for again where the road cannot say ---------------------------
  const subscribed = new WeakMap(); // region -> the grant it was subscribed with
  const refreshing = new WeakSet();
  const refusedAt = new WeakMap();
  let watched = new Set();

  function subscribe() {
    if (!isWelcome) return;
    const shown = new Set(regions().flatMap((region) => shownIn(region).map((element) => element.dataset.topic)));
    const gone = [...watched].filter((topic) => !shown.has(topic));
    if (gone.length) send({ t: "unsub", topics: gone });
    watched = shown;
    for (const region of regions()) {
      if (subscribed.get(region) === region.dataset.grant) continue;
      subscribed.set(region, region.dataset.grant);
      const have = rules.have(shownIn(region).map(({ dataset }) => ({ topic: dataset.topic, v: dataset.v })));
      send({ t: "sub", grant: region.dataset.grant, have, epoch: region.dataset.epoch ?? meta.dataset.epoch });
    }
  }

  const regionsWith = (topics) => {
    const wanted = new Set(topics);
    return regions().filter((region) => shownIn(region).some((element) => wanted.has(element.dataset.topic)));
  };

  function refreshSoon(region, within_s) {
    if (refreshing.has(region)) return;
    refreshing.add(region);
    soon(() => refresh(region), within_s * 1_000);
  }

  // The last step of recovery: the region's own address, the same view, the same fragments.
  async function refresh(region) {
    refreshing.delete(region);
    if (!region.isConnected) return;
    const asOf = epoch;
    try {
      const headers = { "HX-Request": "true", "HX-Target": region.id, "HX-Current-URL": location.href, "Live-Refresh": "1" };
      const response = await fetch(region.dataset.url, { headers });
      if (response.status >= 500) throw new Error(response.statusText);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = response.ok && page.getElementById(region.id);
      if (fresh) replaceRegion(region, fresh, asOf);
      else region.toggleAttribute("data-gone", true);
    } catch {
      refreshSoon(region, 10);
    }
  }

  function replaceRegion(region, fresh, asOf) {
    const isHeld = isBusy(region);
    const incoming = document.importNode(fresh, true);
    if (isHeld) {
      for (const element of shownIn(incoming)) place(element);
      region.dataset.grant = incoming.dataset.grant;
    } else {
      keepNewer(region, incoming);
      keepingFocus(region, incoming, () => region.replaceWith(incoming));
      globalThis.htmx?.process(incoming);
    }
    (isHeld ? region : incoming).dataset.epoch = asOf;
    subscribe();
    showRoad();
  }

  // What a push has brought since a response was made stays, whatever the response says.
  function keepNewer(present, incoming) {
    for (const element of shownIn(present)) {
      const other = element.id && incoming.querySelector("#" + CSS.escape(element.id));
      if (other && rules.isNewer(element.dataset.v, other.dataset.v)) other.replaceWith(element.cloneNode(true));
    }
  }

  // --- The socket ---------------------------------------------------------------------------------------------------
  let socket = null;
  let ticket = meta?.content;
  let epoch = meta?.dataset.epoch ?? "";
  let isWelcome = false;
  let isUnanswered = false;
  let attempt = 0;
  let lostAt = 0;
  let welcomeAt = 0;
  let tickAgeS = 0;
  let reconnectTimer = 0;
  let beatTimer = 0;
  let beatAt = 0;
  let hiddenTimer = 0;

  const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

  function connect() {
    clearTimeout(reconnectTimer);
    if (socket || !meta || !regions().length || document.hidden) return;
    socket = new WebSocket(new URL("/live", location.href).href.replace(/^http/, "ws"));
    socket.onopen = () => send({ t: "hello", ticket, lang: document.documentElement.lang });
    socket.onmessage = ({ data }) => {
      isUnanswered = false;
      if (data.startsWith("<")) applyFrames(data);
      else control(JSON.parse(data));
    };
    socket.onclose = ({ code }) => lost(code);
  }

  function disconnect() {
    clearTimeout(beatTimer);
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
    socket = null;
    isWelcome = false;
    for (const region of regions()) subscribed.delete(region);
    watched = new Set();
  }

  async function lost(code) {
    disconnect();
    lostAt ||= Date.now();
    if (welcomeAt && Date.now() - welcomeAt > STEADY_MS) attempt = 0;
    welcomeAt = 0;
    showRoad();
    setTimeout(showRoad, OFFLINE_MS + 100);
    if (code === BAD_TICKET) await renewTicket();
    reconnectTimer = setTimeout(connect, rules.backoff(attempt++, Math.random()));
  }

  async function renewTicket() {
    try {
      const response = await fetch(meta.dataset.url);
      if (response.ok) ticket = (await response.json()).ticket;
    } catch {
      // No network: the next attempt asks again.
    }
  }

  function reconnectNow() {
    disconnect();
    attempt = 0;
    connect();
  }

  function applyFrames(html) {
    const box = document.createElement("template");
    box.innerHTML = html;
    for (const frame of box.content.children) {
      if (frame.dataset.push === "replace") [...frame.content.children].forEach(place);
    }
  }

  const answers = {
    welcome(message) {
      isWelcome = true;
      welcomeAt = Date.now();
      lostAt = 0;
      ({ epoch, ticket } = message);
      tickAgeS = message.tick_age;
      beatAt = Date.now();
      beat();
      subscribe();
      showRoad();
    },
    hb(message) {
      tickAgeS = message.tick_age;
      ticket = message.ticket ?? ticket;
      showRoad();
    },
    refresh(message) {
      epoch = message.epoch;
      for (const region of regionsWith(message.topics)) refreshSoon(region, message.within_s);
    },
    refused(message) {
      for (const region of regionsWith(message.topics)) {
        if (message.why === "retry") {
          subscribed.delete(region);
          soon(subscribe, 3_000);
        } else if (message.why !== "limit" && Date.now() - (refusedAt.get(region) ?? 0) > REFUSED_MS) {
          refusedAt.set(region, Date.now());
          refreshSoon(region, 1);
        } else {
          region.toggleAttribute("data-gone", true);
        }
      }
      showRoad();
    },
    subscribed() {},
    error(message) {
      console.warn("live:", message.code);
    },
  };

  const control = (message) => answers[message.t]?.(message);

  // A socket that answers no heartbeat is dead, and so is one that slept through three of them.
  function beat() {
    clearTimeout(beatTimer);
    const slept = Date.now() - beatAt;
    beatAt = Date.now();
    if (isUnanswered || slept > 3 * BEAT_MS) {
      lost();
      return;
    }
    isUnanswered = send({ t: "hb" }) !== false;
    beatTimer = setTimeout(beat, BEAT_MS);
  }

  // --- What the page says of the road -------------------------------------------------------------------------------
  function showRoad() {
    const { state, since } = rules.road({ now: Date.now(), isOnline: navigator.onLine, lostAt, tickAgeS });
    if (!meta || (!regions().length && !all("[data-road]").length)) return;
    for (const region of regions()) {
      region.toggleAttribute("data-stale", state !== "live" || region.hasAttribute("data-gone"));
    }
    for (const sign of all("[data-road]")) {
      const shown = regions().length && (isWelcome || lostAt || state === "offline") ? state : "none";
      if (sign.dataset.road === shown) continue;
      sign.dataset.road = shown;
      for (const time of all("[data-since]", sign)) time.dateTime = new Date(since).toISOString();
    }
  }

  // --- The tab's life -----------------------------------------------------------------------------------------------
  function wake() {
    clearTimeout(hiddenTimer);
    if (!document.hidden) connect();
    subscribe();
    showRoad();
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(disconnect, HIDDEN_MS);
    else wake();
  });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => event.persisted && wake());
  addEventListener("online", reconnectNow);
  addEventListener("offline", () => lost());

  document.addEventListener("focusout", () => setTimeout(release));
  document.addEventListener("reset", () => setTimeout(release));

  // An answer to a POST obeys the version rule, too: what is newer on the page is put back in the same task.
  let beforeSwap = [];
  const remember = () => (beforeSwap = shownIn(document).filter((element) => element.id));
  document.addEventListener("htmx:beforeSwap", remember);
  document.addEventListener("htmx:afterSwap", () => {
    for (const element of beforeSwap) {
      for (const present of all("#" + CSS.escape(element.id))) {
        if (present !== element && rules.isNewer(element.dataset.v, present.dataset.v)) present.replaceWith(element);
      }
    }
    beforeSwap = [];
  });
  document.addEventListener("htmx:load", wake);
  document.addEventListener("htmx:afterSettle", release);

  announcer.className = "visually-hidden";
  announcer.setAttribute("aria-live", "polite");
  document.body.append(announcer);
  connect();
})();
