// Who else is here, and whose hands are on which row (docs/live.md). The words come from the template, the people from
// the socket; what others typed is never shown, only that they type.
//   <p data-here="stock_grid:5" data-words="Also here: {names}" data-crowd="People here: {n}" data-nameless="…" hidden>
//   <tr data-typing="stock_level:42"> … <span data-typing-note data-one="{names} is editing" data-more="…" hidden>
(() => {
  "use strict";

  if (!live.socket) return;

  const { all, isBusy } = live.elements;
  const RENEW_MS = 3_000; // what nobody renews ends after 6 s
  const MOST_ROWS = 5; // of a page full of unsent text; more messages than these would close the socket
  const here = new Map(); // topic -> the newest `here`
  const typing = new Map(); // topic -> the people of the newest `typing`
  const seen = new Map(); // topic -> the newest `seen`: person's id -> version
  const lang = document.documentElement.lang;
  const list = new Intl.ListFormat(lang, { style: "short", type: "unit" });

  const on = (name, answer) => document.addEventListener(name, answer);
  const others = (people) => people.filter(({ id }) => id !== live.page.person);
  const namesOf = (people, nameless) => [...new Set(people.map(({ name }) => name || nameless))];

  // --- What the socket says, shown wherever the page has a place for it -----------------------------------------------
  // Names are texts and isolated: one that is written in the other direction turns nothing around.
  function write(place, words, names) {
    const [before, after] = words.split("{names}");
    const parts = list.formatToParts(names).map(({ type, value }) => {
      if (type !== "element") return value;
      const name = document.createElement("bdi");
      name.textContent = value;
      return name;
    });
    place.replaceChildren(before, ...parts, after);
  }

  function showHere(place) {
    const { people, n } = here.get(place.dataset.here) ?? { people: [], n: 0 };
    const names = people ? namesOf(others(people), place.dataset.nameless) : [];
    place.hidden = people ? !names.length : n < 2;
    if (names.length) write(place, place.dataset.words, names);
    else place.textContent = people ? "" : place.dataset.crowd.replace("{n}", n.toLocaleString(lang));
  }

  // Said aloud only to whom it concerns: who is in the same row.
  function showTyping(row) {
    const people = others(typing.get(row.dataset.typing) ?? []);
    for (const note of all("[data-typing-note]", row)) {
      const names = namesOf(people, note.dataset.nameless);
      note.ariaLive = row.contains(document.activeElement) ? "polite" : "off";
      note.hidden = !names.length;
      if (!names.length) note.replaceChildren();
      else write(note, names.length > 1 ? note.dataset.more : note.dataset.one, names);
    }
  }

  function showAll() {
    const places = all("[data-here]");
    const rows = all("[data-typing]");
    forget(here, places.map(({ dataset }) => dataset.here));
    forget(typing, rows.map(({ dataset }) => dataset.typing));
    places.forEach(showHere);
    rows.forEach(showTyping);
  }

  // What the page does not show it does not watch: when it comes back, the server says how it stands.
  function forget(known, shown) {
    for (const topic of known.keys()) if (!shown.includes(topic)) known.delete(topic);
  }

  on("live:here", ({ detail }) => {
    here.set(detail.topic, detail);
    all(`[data-here="${CSS.escape(detail.topic)}"]`).forEach(showHere);
  });
  on("live:typing", ({ detail }) => {
    typing.set(detail.topic, detail.people);
    all(`[data-typing="${CSS.escape(detail.topic)}"]`).forEach(showTyping);
  });
  on("live:seen", ({ detail }) => seen.set(detail.topic, detail.seen));
  on("live:refused", ({ detail }) => {
    detail.topics.forEach((topic) => here.delete(topic) | typing.delete(topic));
    showAll();
  });
  on("live:lost", () => {
    here.clear();
    typing.clear();
    told.clear();
    showAll();
  });

  // --- What one's own hands do: a field of the row is in use, or holds what was not sent ------------------------------
  const told = new Map(); // topic -> when it was last said
  let timer = 0;

  // Whose place is for words alone (`data-typing-words`) writes none while there are none.
  const isAtWork = (row) =>
    isBusy(row) && (!("typingWords" in row.dataset) || all("textarea", row).some(({ value }) => value.trim()));

  function look() {
    const now = Date.now();
    const busy = all("[data-typing]").filter(isAtWork).slice(0, MOST_ROWS).map(({ dataset }) => dataset.typing);
    for (const topic of told.keys()) if (!busy.includes(topic)) say(topic, false);
    busy.filter((topic) => now - (told.get(topic) ?? 0) >= RENEW_MS).forEach((topic) => say(topic, true));
    clearTimeout(timer);
    if (told.size) timer = setTimeout(look, RENEW_MS);
  }

  function say(topic, isOn) {
    if (!isOn) told.delete(topic);
    else if (live.socket.isWelcome) told.set(topic, Date.now());
    if (live.socket.isWelcome) live.send({ t: "typing", topic, on: isOn });
  }

  const lookSoon = () => setTimeout(look);
  for (const name of ["focusin", "focusout", "input", "change", "reset", "live:subscribed"]) on(name, lookSoon);
  for (const name of ["htmx:afterSettle", "live:asked"]) {
    on(name, () => {
      showAll();
      look();
    });
  }

  // For a script that comes later than the first of it.
  live.presence = { people: (topic) => here.get(topic)?.people ?? [], seen: (topic) => seen.get(topic) ?? {} };
})();
