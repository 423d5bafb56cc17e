// Live elements on the page: the version rule, and nothing that a person is doing is lost.
(() => {
  "use strict";

  const { rules } = live;
  const ANNOUNCE_MS = 5_000;
  const MARKED_MS = 2_000;
  const FIELDS = "input, select, textarea, [contenteditable]";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const withId = (id, root = document) => (id ? all("#" + CSS.escape(id), root) : []);
  const shownIn = (root) => all("[data-topic]", root);

  // Whether a field is in use in there, or holds what was not sent yet.
  function isBusy(element) {
    const focused = document.activeElement;
    return (focused?.matches(FIELDS) && element.contains(focused)) || all(FIELDS, element).some(rules.isUnsent);
  }

  // --- A newer element takes its place, at once or as soon as the field in the present one is free ------------------
  const held = new Map(); // id -> the newest element that waits

  function place(incoming) {
    for (const present of withId(incoming.id)) {
      if (!rules.isNewer(incoming.dataset.v, present.dataset.v)) continue;
      if (isBusy(present)) hold(incoming);
      else show(present, incoming.cloneNode(true));
    }
  }

  function hold(incoming) {
    if (rules.isNewer(incoming.dataset.v, held.get(incoming.id)?.dataset.v)) held.set(incoming.id, incoming);
  }

  function release() {
    const waiting = [...held.values()];
    held.clear();
    waiting.forEach(place);
  }

  function show(present, incoming) {
    const isChange = present.textContent.trim() !== incoming.textContent.trim();
    keepingFocus(present, incoming, () => present.replaceWith(incoming));
    globalThis.htmx?.process(incoming);
    if (!isChange) return;
    incoming.classList.add("just-changed");
    setTimeout(() => incoming.classList.remove("just-changed"), MARKED_MS);
    announce(incoming);
  }

  // A link or a button that has the focus is found again by its id, or by its place in the element.
  function keepingFocus(present, incoming, swap) {
    const focused = document.activeElement;
    if (!focused || !present.contains(focused)) return swap();
    const path = [];
    for (let node = focused; node !== present; node = node.parentElement) {
      path.unshift([...node.parentElement.children].indexOf(node));
    }
    swap();
    const successor = withId(focused.id, incoming)[0] ?? path.reduce((node, n) => node?.children[n], incoming);
    if (successor?.tagName === focused.tagName) successor.focus({ preventScroll: true });
  }

  // What a push has brought since a response was made stays, whatever the response says.
  function keepNewer(shown, root) {
    for (const element of shown) {
      for (const other of withId(element.id, root)) {
        if (other === element || !rules.isNewer(element.dataset.v, other.dataset.v)) continue;
        const newer = element.cloneNode(true);
        other.replaceWith(newer);
        if (root === document) globalThis.htmx?.process(newer);
      }
    }
  }

  // --- Announced to those who listen: at most one change every few seconds, the newest ------------------------------
  const announcer = document.createElement("div");
  announcer.className = "hidden";
  announcer.setAttribute("aria-live", "polite");
  document.body.append(announcer);
  let announcedAt = 0;
  let toAnnounce = null;

  function announce(element) {
    const isWaiting = toAnnounce !== null;
    const subject = element.closest("[data-name]")?.dataset.name ?? "";
    toAnnounce = `${subject} ${element.textContent}`.replace(/\s+/g, " ").trim();
    if (!isWaiting) setTimeout(speak, Math.max(0, announcedAt + ANNOUNCE_MS - Date.now()));
  }

  function speak() {
    announcedAt = Date.now();
    announcer.textContent = toAnnounce;
    toAnnounce = null;
  }

  // --- The page's own life ------------------------------------------------------------------------------------------
  document.addEventListener("focusout", () => setTimeout(release));
  document.addEventListener("reset", () => setTimeout(release));
  document.addEventListener("htmx:afterSettle", release);

  // The answer to a POST obeys the version rule, too: what is newer on the page is put back in the same task.
  let before = [];
  document.addEventListener("htmx:beforeSwap", () => (before = shownIn(document)));
  document.addEventListener("htmx:afterSwap", () => keepNewer(before.splice(0), document));

  live.elements = { all, isBusy, keepNewer, keepingFocus, place, shownIn };
})();
