// What changed is announced to those who listen: at most one change every few seconds, the newest.
(() => {
  "use strict";

  const PAUSE_MS = 5_000;

  const announcer = document.createElement("div");
  announcer.className = "hidden";
  announcer.setAttribute("aria-live", "polite");
  document.body.append(announcer);
  let spokenAt = 0;
  let next = null;

  live.announce = function (element) {
    const isWaiting = next !== null;
    next = { element, subject: element.closest("[data-name]")?.dataset.name ?? "" };
    if (!isWaiting) setTimeout(speak, Math.max(0, spokenAt + PAUSE_MS - Date.now()));
  };

  function speak() {
    spokenAt = Date.now();
    announcer.textContent = `${next.subject} ${next.element.textContent}`.replace(/\s+/g, " ").trim();
    next = null;
  }
})();
