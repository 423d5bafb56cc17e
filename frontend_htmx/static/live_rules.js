// What live.js and live_elements.js decide without looking at the page: pure, tested without a browser.
(() => {
  "use strict";

  const rules = {
    DELAYED_S: 5,
    OFFLINE_MS: 10_000,

    // Nowhere does a lower version replace a higher one; an equal one has nothing to say.
    isNewer: (incoming, present) => Number(incoming) > Number(present ?? -1),

    // Full jitter: ten thousand pages that lost one server do not come back in one second.
    backoff: (attempt, random) => random * Math.min(30_000, 1_000 * 2 ** attempt),

    // What the page says of the road: { state, since }; since is a moment in milliseconds.
    road({ now, isOnline, lostAt, tickAgeS }) {
      if (!isOnline || (lostAt && now - lostAt > rules.OFFLINE_MS)) return { state: "offline", since: lostAt || now };
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
