// What the live scripts decide without looking at the page: pure, tested without a browser.
(() => {
  "use strict";

  const rules = {
    DELAYED_S: 5,
    OFFLINE_MS: 10_000,
    BLOCKED_AFTER: 2,
    POLL_MS: 5_000,
    POLL_AT_MOST_MS: 30_000,

    // Nowhere does a lower version replace a higher one; an equal one has nothing to say.
    isNewer: (incoming, present) => Number(incoming) > Number(present ?? -1),

    // What a log does with an entry: the next one is shown, a known one is dropped, and before any other one is missing.
    entry(seq, shown) {
      if (!rules.isNewer(seq, shown)) return "drop";
      return Number(seq) === Number(shown) + 1 ? "show" : "gap";
    },

    // Full jitter: ten thousand pages that lost one server do not come back in one second.
    backoff: (attempt, random) => random * Math.min(30_000, 1_000 * 2 ** attempt),

    // A network that has let no socket through, twice, lets none through; one that did is only in trouble.
    isBlocked: (failures, wasWelcome) => !wasWelcome && failures >= rules.BLOCKED_AFTER,

    // Where sockets are blocked one is tried again after half a minute, and at last every few minutes: networks change.
    retryBlocked: (failures, random) => (0.5 + 0.5 * random) * Math.min(240_000, 30_000 * 2 ** (failures - rules.BLOCKED_AFTER)),

    // How long to wait before asking again, after so many answers that said nothing new: 5 s at first, at most 30.
    pollIn(quiet, random) {
      const pause = Math.min(rules.POLL_AT_MOST_MS, rules.POLL_MS * 1.5 ** (quiet + 1));
      return rules.POLL_MS + random * (pause - rules.POLL_MS);
    },

    // What the page says of the road: { state, since }; since is a moment in milliseconds.
    road({ now, isOnline, lostAt, tickAgeS, polledAt }) {
      if (isOnline && polledAt && now - polledAt <= rules.POLL_AT_MOST_MS + rules.OFFLINE_MS) {
        return { state: "polling", since: polledAt };
      }
      if (!isOnline || (lostAt && now - lostAt > rules.OFFLINE_MS)) return { state: "offline", since: polledAt || lostAt || now };
      if (lostAt) return { state: "reconnecting", since: lostAt };
      if (tickAgeS > rules.DELAYED_S) return { state: "delayed", since: now - tickAgeS * 1_000 };
      return { state: "live", since: now };
    },

    // The versions of a region's topics; where a topic is shown twice, the older showing decides what is missing.
    have(shown) {
      const versions = {};
      for (const { topic, v } of shown) versions[topic] = Math.min(versions[topic] ?? Infinity, Number(v) || 0);
      return versions;
    },

    // What becomes of a page that was made for one person when the browser is another's: nothing that nobody saw is hidden.
    afterLogin({ mine, present }) {
      if (mine === present || mine === 0) return "show";
      return present === 0 ? "hide" : "forget";
    },

    // What a field holds that has not been sent.
    isUnsent(field) {
      if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
      if (field.options) return rules.isOtherwiseChosen(field);
      return field.defaultValue !== undefined && field.type !== "hidden" && field.value !== field.defaultValue;
    },

    // A list in which nothing was chosen beforehand begins with its first choice.
    isOtherwiseChosen(field) {
      const options = [...field.options];
      if (field.multiple) return options.some((option) => option.selected !== option.defaultSelected);
      return field.selectedIndex !== Math.max(0, options.findIndex((option) => option.defaultSelected));
    },
  };

  globalThis.live = { rules };
})();
