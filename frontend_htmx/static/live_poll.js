// Where a network lets no socket through, each region asks at its own address whether there is news: the same result,
// later. `rules.pollIn` says how often.
(() => {
  "use strict";

  if (!live.socket) return;

  const { rules } = live;
  const SOON_MS = 1_000;
  const planned = new Set(); // regions' ids
  let answeredAt = 0;

  const isNeeded = () => live.socket.isBlocked && !live.socket.isWelcome;

  function plan(region, quiet, in_ms) {
    if (planned.has(region.id)) return;
    planned.add(region.id);
    setTimeout(() => poll(region.id, quiet), in_ms);
  }

  async function poll(id, quiet) {
    planned.delete(id);
    const region = document.getElementById(id);
    if (!region || !isNeeded() || document.hidden) return;
    const isNews = await news(region);
    const calm = isNews ? 0 : quiet + 1;
    plan(region, calm, rules.pollIn(calm, Math.random()));
  }

  async function news(region) {
    const tag = live.regions.tagOf(region);
    try {
      const isNews = await live.regions.ask(region, tag ? { "If-None-Match": tag } : {});
      answeredAt = Date.now();
      return isNews;
    } catch {
      return false; // nobody can say; the sign says since when
    }
  }

  live.poll = function () {
    if (!isNeeded() || Date.now() - answeredAt > rules.POLL_AT_MOST_MS) answeredAt = 0;
    if (isNeeded() && !document.hidden) live.regions.all().forEach((region) => plan(region, 0, Math.random() * SOON_MS));
  };
  live.polledAt = () => answeredAt;
})();
