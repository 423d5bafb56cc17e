// Moments come from the server in UTC; here they become the reader's own. Without this script they stay in UTC.
(() => {
  const STYLES = {
    moment: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
    time: { hour: "2-digit", minute: "2-digit" },
    day: { day: "numeric", month: "short" },
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
    const text = format(element.dataset.format ?? "moment").format(at);
    if (element.textContent !== text) element.textContent = text;
  }

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
