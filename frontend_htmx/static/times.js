// Moments come from the server in UTC; here they become the reader's own. Without this script they stay in UTC.
// What ends within the hour says how long it still lasts; once it has ended it sends the event `over`, every 5 s, until
// whoever listens has put something else in its place.
(() => {
  const STYLES = {
    moment: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
    time: { hour: "2-digit", minute: "2-digit" },
    day: { day: "numeric", month: "short" },
    until: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  };
  const { lang } = document.documentElement;
  const locale = navigator.languages.find((language) => language.split("-")[0] === lang) ?? lang;
  const formats = {};

  const format = (style) =>
    (formats[style] ??= new Intl.DateTimeFormat(locale, {
      ...STYLES[style],
      numberingSystem: "latn",
    }));

  function write(element) {
    const at = new Date(element.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) return;
    const text = element.dataset.format === "until" ? until(element, at) : format(element.dataset.format ?? "moment").format(at);
    if (element.textContent !== text) element.textContent = text;
  }

  // Whole seconds, rounded up: "0:00" is over.
  function until(element, at) {
    const left = Math.max(0, Math.ceil((at - Date.now()) / 1000));
    if (left >= 3600) return element.dataset.until.replace("%(time)s", format("until").format(at));
    const seconds = String(left % 60).padStart(2, "0");
    return element.dataset.left.replace("%(time)s", `${Math.floor(left / 60)}:${seconds}`);
  }

  setInterval(() => {
    for (const element of document.querySelectorAll('[data-format="until"]')) {
      write(element);
      const isOver = Date.parse(element.getAttribute("datetime")) <= Date.now();
      if (isOver && Math.floor(Date.now() / 1000) % 5 === 0) element.dispatchEvent(new CustomEvent("over", { bubbles: true }));
    }
  }, 1000);

  const writeAll = (root) => root.querySelectorAll("[datetime]").forEach(write);

  // Pushes and swaps bring new moments; whoever sets one gets it written, too.
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") write(change.target);
      else for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) writeAll(node.parentElement ?? node);
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["datetime"] });
  writeAll(document);
})();
