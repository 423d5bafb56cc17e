// Live regions and the last step of recovery: a region's own address, the same view, the same fragments.
(() => {
  "use strict";

  if (!live.socket) return;

  const { rules } = live;
  const { all, isBusy, shownIn } = live.elements;
  const REFRESH_PAUSE_MS = 2_000;
  const RETRY_MS = 20_000;

  const regions = () => all("[data-live]");
  const topicsIn = (region) => shownIn(region).map((element) => element.dataset.topic);
  const showing = (topics) => regions().filter((region) => topicsIn(region).some((topic) => topics.includes(topic)));

  const due = new WeakSet();
  const refreshedAt = new Map(); // region's id -> when

  // Asks for the region in so many milliseconds, but never twice in one breath.
  function refreshSoon(region, in_ms) {
    if (due.has(region)) return;
    due.add(region);
    const pause = (refreshedAt.get(region.id) ?? 0) + REFRESH_PAUSE_MS - Date.now();
    setTimeout(() => refresh(region), Math.max(in_ms, pause));
  }

  async function refresh(region) {
    due.delete(region);
    if (!region.isConnected) return;
    refreshedAt.set(region.id, Date.now());
    try {
      await ask(region);
    } catch {
      if (region.isConnected) refreshSoon(region, Math.random() * RETRY_MS);
    }
  }

  // Shows the region as it is now and returns whether that is news. Throws if nobody can say.
  async function ask(region, headers = {}) {
    const epoch = live.page.epoch;
    const response = await fetch(region.dataset.url, { headers: { ...asked(region), ...headers }, cache: "no-store" });
    if (response.status >= 500 || response.status === 429) throw new Error(response.statusText);
    const fresh = response.status === 304 ? region : await regionIn(response, region.id);
    if (response.headers.has("HX-Redirect")) live.socket.renewTicket(); // to the login: whose page is this?
    if (fresh !== region && region.isConnected) take(region, fresh, { epoch, tag: response.headers.get("ETag") });
    document.dispatchEvent(new CustomEvent("live:asked"));
    return fresh !== region;
  }

  const asked = (region) => ({
    "HX-Request": "true",
    "HX-Target": region.id,
    "HX-Current-URL": location.href,
    "Live-Refresh": "1",
  });

  // The region as it is now, or undefined if it is not shown to this person any more.
  async function regionIn(response, id) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return (response.ok && page.getElementById(id)) || undefined;
  }

  function take(region, fresh, { epoch, tag }) {
    if (!fresh) {
      region.dataset.gone = "refused";
      return;
    }
    const isOlder = rules.isNewer(region.dataset.v, fresh.dataset.v);
    const isKept = isOlder || live.renew(region, fresh);
    if (isOlder) region.dataset.grant = fresh.dataset.grant;
    region.dataset.epoch = epoch;
    delete region.dataset.gone;
    if (tag && !isKept) tags.set(region, tag);
    else tags.delete(region);
    if (isKept) waiting.add(region.id);
  }

  // What could not be shown, because somebody was at it, is asked for again as soon as they are done.
  const waiting = new Set(); // regions' ids
  const tags = new WeakMap(); // region -> the ETag of what it shows

  function release() {
    for (const region of regions()) {
      if (waiting.has(region.id) && !isBusy(region) && waiting.delete(region.id)) refreshSoon(region, 0);
    }
  }

  document.addEventListener("focusout", () => setTimeout(release));
  document.addEventListener("reset", () => setTimeout(release));
  document.addEventListener("htmx:afterSettle", release);
  document.addEventListener("htmx:afterSwap", () => regions().forEach((region) => tags.delete(region)));

  live.regions = { all: regions, topicsIn, showing, refreshSoon, ask, tagOf: (region) => tags.get(region) };
})();
