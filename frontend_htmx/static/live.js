// The page's end of the live road (docs/live.md): what the socket hears is shown, and every [data-live] region kept true.
// State is in the DOM: a region carries its grant and its address, each live element its topic and its version.
(() => {
  "use strict";

  if (!live.socket) return;

  const { rules, regions, socket } = live;
  const { all, place, shownIn } = live.elements;
  const HIDDEN_MS = 5 * 60_000;
  const REFUSED_MS = 60_000;
  const RETRY_MS = 20_000;
  const GAP_MS = 2_000;

  const within = (ms) => Math.random() * ms;
  const on = (name, answer) => document.addEventListener(`live:${name}`, ({ detail }) => answer(detail));

  // --- Frames: those of one message are applied in one task, so that a page is never torn -----------------------------
  const pushes = {
    replace: (frame) => [...frame.content.children].forEach(place),
    append: (frame) => live.append(frame) && gaps.add(frame.dataset.topic),
  };
  const gaps = new Set(); // topics of which entries are missing

  on("frames", (html) => {
    const box = document.createElement("template");
    box.innerHTML = html;
    const frames = [...box.content.children];
    const show = () => frames.forEach((frame) => pushes[frame.dataset.push]?.(frame));
    if (frames.some(({ dataset }) => dataset.push === "append")) live.keepingPlace(document.querySelector("main"), show);
    else show();
    closeGaps();
    const traces = new Set(frames.map(({ dataset }) => dataset.trace).filter(Boolean));
    traces.forEach((trace) => live.send({ t: "ack", trace }));
  });

  // What is missing is asked for with what is there; while the answer is on its way further entries ask for nothing.
  const askedAt = new Map(); // topic -> when

  function closeGaps() {
    const topics = [...gaps].filter((topic) => Date.now() - (askedAt.get(topic) ?? 0) > GAP_MS);
    gaps.clear();
    topics.forEach((topic) => askedAt.set(topic, Date.now()));
    if (topics.length) regions.showing(topics).forEach(subscribeRegion);
  }

  // --- Regions: subscribed with the versions they show ----------------------------------------------------------------
  let subscribed = new WeakMap(); // region -> the grant that was sent
  let watched = [];

  function subscribe() {
    if (!socket.isWelcome) return;
    const shown = regions.all().flatMap(regions.topicsIn);
    const gone = watched.filter((topic) => !shown.includes(topic));
    if (gone.length) live.send({ t: "unsub", topics: gone });
    watched = shown;
    regions.all().filter((region) => subscribed.get(region) !== region.dataset.grant).forEach(subscribeRegion);
  }

  function subscribeRegion(region) {
    const { grant, epoch: made } = region.dataset;
    const topics = regions.topicsIn(region);
    // Of the whole page: what another region shows older of the same topic is missing, too.
    const shown = shownIn(document).filter(({ dataset }) => topics.includes(dataset.topic));
    const have = rules.have(shown.map(({ dataset }) => ({ topic: dataset.topic, v: dataset.v })));
    subscribed.set(region, grant);
    live.send({ t: "sub", grant, have, epoch: made ?? madeIn });
  }

  const madeIn = live.page.epoch;
  const refusedAt = new Map(); // region's id and topic -> when

  // The region's address says what its reader may see now. What is refused again after that is not live any more.
  function refused(region, topics, why) {
    const refusals = regions.topicsIn(region).filter((topic) => topics.includes(topic)).map((topic) => `${region.id} ${topic}`);
    const isAgain = refusals.every((each) => Date.now() - (refusedAt.get(each) ?? 0) < REFUSED_MS);
    if (why === "retry") {
      subscribed.delete(region);
      setTimeout(subscribe, within(RETRY_MS));
    } else if (why === "limit" || isAgain) {
      region.dataset.gone = why;
    } else {
      refusals.forEach((each) => refusedAt.set(each, Date.now()));
      regions.refreshSoon(region, 0);
    }
  }

  // --- Control messages -----------------------------------------------------------------------------------------------
  on("welcome", (message) => {
    live.page.epoch = message.epoch;
    tickAgeS = message.tick_age;
    showBuild(message.build);
    live.poll();
    subscribe();
    showRoad();
  });
  on("hb", (message) => {
    tickAgeS = message.tick_age;
    showRoad();
  });
  on("refresh", (message) => {
    live.page.epoch = message.epoch;
    regions.showing(message.topics).forEach((region) => regions.refreshSoon(region, within(message.within_s * 1_000)));
  });
  on("refused", (message) => {
    regions.showing(message.topics).forEach((region) => refused(region, message.topics, message.why));
    showRoad();
  });
  on("error", (message) => console.warn("live:", message.code));
  on("asked", () => {
    subscribe();
    showRoad();
  });
  on("lost", () => {
    subscribed = new WeakMap();
    watched = [];
    live.poll();
    showRoad();
    setTimeout(showRoad, rules.OFFLINE_MS + 100);
  });

  // --- What the page says of the road ---------------------------------------------------------------------------------
  let tickAgeS = 0;

  function showRoad() {
    const isUsed = regions.all().length > 0;
    const now = Date.now();
    const { lostAt } = socket;
    const { state, since } = rules.road({ now, isOnline: navigator.onLine, lostAt, tickAgeS, polledAt: live.polledAt() });
    const isFresh = state === "live" || state === "polling";
    for (const region of regions.all()) region.toggleAttribute("data-stale", !isFresh || "gone" in region.dataset);
    for (const sign of all("[data-road]")) {
      const shown = isUsed ? state : "none";
      if (sign.dataset.road === shown) continue;
      sign.dataset.road = shown;
      all("[data-since]", sign).forEach((time) => (time.dateTime = new Date(since).toISOString()));
    }
  }

  // A page that is older than the server says so, and leaves it to the reader when to load it anew.
  function showBuild(build) {
    for (const line of all("[data-new-build]")) line.hidden = !build || build === live.page.build;
  }

  // --- The tab's life -------------------------------------------------------------------------------------------------
  let hiddenTimer = 0;

  function wake() {
    clearTimeout(hiddenTimer);
    socket.connect();
    live.poll();
    subscribe();
    if (socket.isWelcome || !socket.isOpen) showRoad();
  }

  // Whoever comes back after a while sees that the page catches up, not that it was away.
  function comeBack() {
    if (!socket.isOpen) socket.lostAt = Date.now();
    socket.connectNow();
    wake();
    showRoad();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenTimer = setTimeout(socket.disconnect, HIDDEN_MS);
    else comeBack();
  });
  addEventListener("pagehide", socket.disconnect);
  addEventListener("pageshow", (event) => event.persisted && comeBack());
  addEventListener("offline", () => socket.lost());
  addEventListener("online", () => {
    socket.begin();
    comeBack();
  });
  document.addEventListener("htmx:load", wake);
  document.addEventListener("live:back", comeBack);
  setInterval(showRoad, rules.OFFLINE_MS);
  wake();
})();
