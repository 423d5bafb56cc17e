// Logs: entries by their number, in order, each once. `data-log` says where the next one goes (start: the newest stands
// first), `data-log-max` how many a page shows: then the oldest go.
(() => {
  "use strict";

  const { rules } = live;
  const { all, mark } = live.elements;

  const logsOf = (topic) => all(`[data-log][data-topic="${CSS.escape(topic)}"]`);

  // Takes a frame's entry in, and says whether entries before it are missing.
  function append(frame) {
    const { topic, v } = frame.dataset;
    const verdicts = logsOf(topic).map((log) => [log, rules.entry(v, log.dataset.v)]);
    verdicts.filter(([, verdict]) => verdict === "show").forEach(([log]) => show(log, frame));
    return verdicts.some(([, verdict]) => verdict === "gap");
  }

  function show(log, frame) {
    const rows = [...frame.content.children].map((row) => document.importNode(row, true));
    if (log.dataset.log === "start") log.prepend(...rows);
    else log.append(...rows);
    trim(log);
    log.dataset.v = frame.dataset.v;
    for (const row of rows) {
      globalThis.htmx?.process(row);
      mark(row);
      live.announce(row);
    }
  }

  function trim(log) {
    const end = log.dataset.log === "start" ? "lastElementChild" : "firstElementChild";
    while (log.children.length > Number(log.dataset.logMax ?? Infinity)) log[end].remove();
  }

  live.append = append;
})();
