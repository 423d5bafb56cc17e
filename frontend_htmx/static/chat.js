// A room's stream and its composer. Enter sends; what is under way stands below the stream until the entry itself has
// come; a draft survives whatever happens to the page; who has read up to where stands below.
//   <div data-stream><ol data-log="end" data-topic="room_log:4" …></div>
//   <form data-composer="room:4" data-log="room_log-4" data-marks="…"> … <ol data-pending> <textarea name="text">
(() => {
  "use strict";

  const NEAR_PX = 80; // whoever reads this close to the end follows it
  const READ_MS = 600;
  const [AGAIN_MS, MOST_TRIES] = [1500, 5];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const composers = () => all("[data-composer]");
  const composerOf = (element) => element.closest?.("[data-composer]");
  const logOf = (composer) => document.getElementById(composer.dataset.log);
  const fieldOf = (composer) => composer.elements.namedItem("text");
  const chooserOf = (composer) => composer.elements.namedItem("attachments");
  const filesOf = (composer) => [...chooserOf(composer).files].map((file) => file.name);

  // --- Writing ---------------------------------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    const composer = composerOf(event.target);
    if (!composer || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (!event.target.matches("textarea")) return;
    event.preventDefault();
    if (event.target.value.trim() || filesOf(composer).length) composer.requestSubmit();
  });

  const draftOf = (composer) => `draft ${document.querySelector("[name=live-ticket]").dataset.person} ${composer.dataset.composer}`;

  document.addEventListener("input", (event) => {
    const composer = composerOf(event.target);
    if (composer && event.target.name === "text") remember(composer);
  });

  // What is not on its way yet: what waits for its turn, and what is being typed.
  function remember(composer) {
    const text = [...waitingOf(composer), fieldOf(composer).value].filter(Boolean).join("\n");
    try {
      if (text) localStorage.setItem(draftOf(composer), text);
      else localStorage.removeItem(draftOf(composer));
    } catch {
      // A browser without storage keeps no drafts.
    }
  }

  function recall(composer) {
    const field = fieldOf(composer);
    if (field.value) return;
    try {
      field.value = localStorage.getItem(draftOf(composer)) ?? "";
    } catch {
      // As above.
    }
  }

  // --- What is under way -----------------------------------------------------------------------------------------------
  // A message is on the page at once, pale, until its own entry is in the stream. The field is free for the next.
  // One is sent at a time: what is sent meanwhile waits for its turn.
  const underWay = new Map(); // key -> { text, seq }
  const waiting = new Map(); // composer's topic -> texts
  const waitingOf = (composer) => waiting.get(composer.dataset.composer) ?? [];
  const isSending = (composer) => [...underWay.values()].some((one) => one.composer === composer.dataset.composer && !one.seq);

  document.addEventListener("submit", (event) => {
    const composer = composerOf(event.target);
    if (!composer || !isSending(composer)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const field = fieldOf(composer);
    if (!field.value.trim() || filesOf(composer).length) return; // files are sent when the line is free
    waiting.set(composer.dataset.composer, [...waitingOf(composer), field.value]);
    field.value = "";
    showPending();
  }, true);

  function sendWaiting() {
    for (const composer of composers()) {
      const [next, ...others] = waitingOf(composer);
      if (next === undefined || isSending(composer)) continue;
      const [field, typed] = [fieldOf(composer), fieldOf(composer).value];
      waiting.set(composer.dataset.composer, others);
      field.value = next;
      composer.requestSubmit();
      field.value = typed;
      remember(composer);
    }
  }

  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const composer = composerOf(detail.elt);
    if (composer !== detail.elt) return;
    const [key, text] = [composer.elements.namedItem("key").value, fieldOf(composer).value];
    detail.xhr.message = key;
    underWay.set(key, { text, files: filesOf(composer), chosen: chooserOf(composer).files, composer: composer.dataset.composer });
    fieldOf(composer).value = "";
    chooserOf(composer).value = ""; // the request has them: the next message does not send them again
    remember(composer);
    showPending();
    scrollToEnd(logOf(composer));
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const message = underWay.get(detail.xhr.message);
    if (message && detail.xhr.status >= 400) giveBack(detail.xhr.message, message);
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const message = underWay.get(detail.xhr?.message);
    if (!message) return;
    const seq = Number(detail.xhr.getResponseHeader("Entry-Seq"));
    if (detail.successful && seq) message.seq = seq;
    else giveBack(detail.xhr.message, message);
    showPending();
  });

  // What could not be sent stands in the field again, before whatever has been typed since.
  function giveBack(key, message) {
    underWay.delete(key);
    const composer = composers().find((each) => each.dataset.composer === message.composer);
    if (!composer) return;
    const field = fieldOf(composer);
    const typed = field.value === message.text ? "" : field.value;
    field.value = [message.text, ...waitingOf(composer), typed].filter(Boolean).join("\n");
    waiting.delete(composer.dataset.composer);
    if (message.files.length) chooserOf(composer).files = message.chosen;
    remember(composer);
  }

  function showPending() {
    for (const composer of composers()) {
      const arrived = Number(logOf(composer)?.dataset.v ?? 0);
      const mine = [...underWay].filter(([, one]) => one.composer === composer.dataset.composer);
      for (const [key, one] of mine) if (one.seq && one.seq <= arrived) underWay.delete(key);
      const texts = mine.filter(([key]) => underWay.has(key)).map(([, one]) => [one.text, ...one.files].filter(Boolean).join("\n"));
      const rows = [...texts, ...waitingOf(composer)].map((text) => pending(text, composer));
      composer.querySelector("[data-pending]").replaceChildren(...rows);
    }
  }

  function pending(text, composer) {
    const row = document.createElement("li");
    const words = document.createElement("p");
    const state = document.createElement("p");
    row.className = "said said-message";
    words.className = "said-text";
    words.dir = "auto";
    words.textContent = text;
    words.style.whiteSpace = "pre-wrap";
    state.className = "said-by quiet";
    state.textContent = composer.dataset.sending;
    row.append(words, state);
    return row;
  }

  // --- Reading ---------------------------------------------------------------------------------------------------------
  const scrollerOf = (log) => log?.closest("[data-stream]");
  const isNearEnd = (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
  const scrollToEnd = (log) => {
    const scroller = scrollerOf(log);
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
  };

  const followed = new WeakMap(); // scroller -> whether it stood at its end
  document.addEventListener("scroll", ({ target }) => target.matches?.("[data-stream]") && follow(target), true);
  const follow = (scroller) => followed.set(scroller, isNearEnd(scroller));

  // Earlier messages come in above without moving what is being read.
  let heightBefore = 0;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const scroller = detail.target.matches?.(".stream-more") && detail.target.closest("[data-stream]");
    heightBefore = scroller ? scroller.scrollHeight : 0;
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const scroller = heightBefore && (detail.elt.closest?.("[data-stream]") ?? document.querySelector("[data-stream]"));
    if (scroller) scroller.scrollTop += scroller.scrollHeight - heightBefore;
    heightBefore = 0;
  });

  let timer = 0;
  const readSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(read, READ_MS);
  };

  // Told once for each new end of the stream, and only while somebody can see it. What the socket says may get lost: it
  // is said again until the own receipt has come, a few times.
  const told = new Map(); // composer's topic -> seq
  const tries = new Map(); // "topic seq" -> how often it was said
  function read() {
    if (document.hidden) return;
    for (const composer of composers()) {
      const [topic, log] = [composer.dataset.composer, logOf(composer)];
      const seq = Number(log?.dataset.v ?? 0);
      if (!seq || !isNearEnd(scrollerOf(log))) continue;
      tellOthers(topic, seq);
      if (seq > (told.get(topic) ?? 0)) keepMark(composer, topic, seq);
    }
  }

  function keepMark(composer, topic, seq) {
    told.set(topic, seq);
    const body = new FormData(composer);
    body.delete("text");
    body.delete("attachments");
    body.set("seq", seq);
    fetch(composer.dataset.marks, { method: "POST", body, keepalive: true }).catch(() => told.delete(topic));
  }

  function tellOthers(topic, seq) {
    const [said, own] = [tries.get(`${topic} ${seq}`) ?? 0, receiptsOf(topic)[globalThis.live?.page?.person] ?? 0];
    if (own >= seq || said >= MOST_TRIES) return;
    tries.set(`${topic} ${seq}`, said + 1);
    globalThis.live?.send?.({ t: "seen", topic, v: seq });
    setTimeout(readSoon, AGAIN_MS);
  }

  // Who has seen all that there is: told by the socket, and gone with the next entry until they have seen that, too.
  // Entries are counted, which are the same on every page; the room's own version may be behind on one of them.
  // The socket may have told both before this script was there: the page's presence has them.
  const receiptsOf = (topic) => globalThis.live?.presence?.seen(topic) ?? {}; // person's id -> number of the last entry
  const names = new Map(); // person's id -> how they are shown, also of those who have left

  for (const name of ["live:here", "live:seen"]) document.addEventListener(name, showSeen);

  function showSeen() {
    for (const composer of composers()) {
      const topic = composer.dataset.composer;
      const people = globalThis.live?.presence?.people(topic) ?? [];
      for (const { id, name } of people) names.set(String(id), name);
      const place = composer.querySelector("[data-seen]");
      const end = Number(logOf(composer)?.dataset.v ?? 0);
      const others = Object.entries(receiptsOf(topic)).filter(([id, seq]) => isOther(id) && seq >= end);
      const who = others.map(([id]) => names.get(id)).filter(Boolean);
      const [before, after] = place.dataset.seen.split("{names}");
      place.hidden = !who.length;
      place.replaceChildren(before, ...who.flatMap((name, n) => [n ? ", " : "", isolated(name)]), after);
    }
  }

  const isOther = (id) => Number(id) !== globalThis.live?.page?.person;

  function isolated(name) {
    const element = document.createElement("bdi");
    element.textContent = name;
    return element;
  }

  // --- The page's own life ---------------------------------------------------------------------------------------------
  function wake() {
    for (const composer of composers()) {
      const log = logOf(composer);
      if (!log) continue;
      recall(composer);
      watch(log);
    }
    readSoon();
  }

  const watched = new WeakSet();
  function watch(log) {
    if (watched.has(log)) return;
    watched.add(log);
    scrollToEnd(log);
    follow(scrollerOf(log));
    new MutationObserver(() => {
      if (followed.get(scrollerOf(log))) scrollToEnd(log);
      showPending();
      showSeen();
      readSoon();
    }).observe(log, { childList: true, attributes: true, attributeFilter: ["data-v"] });
  }

  for (const name of ["htmx:afterSettle", "live:asked", "live:subscribed"]) {
    document.addEventListener(name, () => {
      wake();
      showPending();
      showSeen();
      setTimeout(sendWaiting); // once what was typed stands in the form again
    });
  }
  document.addEventListener("visibilitychange", readSoon);
  wake();
})();
