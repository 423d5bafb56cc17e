// Live elements on the page: the version rule, and nothing that a person is doing is lost.
(() => {
  "use strict";

  const { rules } = live;
  const MARKED_MS = 2_000;
  const FIELDS = "input, select, textarea, [contenteditable]";
  const SAYS_NO = "[aria-invalid], [role='alert'], .error";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const withId = (id, root = document) => (id ? all("#" + CSS.escape(id), root) : []);

  // A region may be the element of a topic itself: a list whose rows come and go.
  const shownIn = (root) => (root.dataset?.topic ? [root] : []).concat(all("[data-topic]", root));

  // Whether a field is in use in there, or holds what was not sent yet or was refused.
  function isBusy(element) {
    const focused = document.activeElement;
    if (focused?.matches(FIELDS) && element.contains(focused)) return true;
    return all(FIELDS, element).some(rules.isUnsent) || [element, ...all("form", element)].some((each) => refused.has(each));
  }

  // An answer that refuses shows what was typed as if it were the server's: it stays until it is sent again.
  const refused = new WeakSet(); // forms
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.xhr.status < 400) return;
    const sent = all("form[hx-post]").filter((form) => form.getAttribute("hx-post") === detail.requestConfig.path);
    sent.filter((form) => form.querySelector(SAYS_NO)).forEach((form) => refused.add(form));
  });
  document.addEventListener("reset", ({ target }) => refused.delete(target));

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
    swap(present, incoming);
    if (!isChange || "quiet" in incoming.dataset) return;
    mark(incoming);
    live.announce(incoming);
  }

  // What has the focus, or is open, in the present element is so in the new one.
  function swap(present, incoming) {
    const opened = [present, ...all("details", present)].filter((element) => element.open && element.id);
    const successors = opened.flatMap(({ id }) => (id === incoming.id ? [incoming] : withId(id, incoming)));
    successors.forEach((element) => element.setAttribute("open", ""));
    keepingFocus(present, incoming, () => present.replaceWith(incoming));
    globalThis.htmx?.process(incoming);
  }

  function mark(element) {
    element.classList.add("just-changed");
    setTimeout(() => element.classList.remove("just-changed"), MARKED_MS);
  }

  // A link or a button that has the focus is found again by its id, or by its place in the element.
  function keepingFocus(present, incoming, change) {
    const focused = document.activeElement;
    if (!focused || !present.contains(focused)) return change();
    const path = [];
    for (let node = focused; node !== present; node = node.parentElement) {
      path.unshift([...node.parentElement.children].indexOf(node));
    }
    change();
    const successor = withId(focused.id, incoming)[0] ?? path.reduce((node, n) => node?.children[n], incoming);
    if (successor?.tagName === focused.tagName) successor.focus({ preventScroll: true });
  }

  // What a push has brought since a response was made stays, whatever the response says. A region is no state of one
  // subject but an answer to its address: it is the address's to say, and the server's to compare.
  function keepNewer(shown, root) {
    for (const element of shown.filter((each) => !("live" in each.dataset))) {
      for (const other of withId(element.id, root)) {
        if (other === element || !rules.isNewer(element.dataset.v, other.dataset.v)) continue;
        const newer = element.cloneNode(true);
        other.replaceWith(newer);
        if (root === document) globalThis.htmx?.process(newer);
      }
    }
  }

  // --- The page's own life ------------------------------------------------------------------------------------------
  document.addEventListener("focusout", () => setTimeout(release));
  document.addEventListener("reset", () => setTimeout(release));
  document.addEventListener("htmx:afterSettle", release);

  // The answer to a POST obeys the version rule, too: what is newer on the page is put back in the same task.
  let before = [];
  document.addEventListener("htmx:beforeSwap", () => (before = shownIn(document)));
  document.addEventListener("htmx:afterSwap", () => keepNewer(before.splice(0), document));

  live.elements = { all, withId, isBusy, keepNewer, mark, place, shownIn, swap };
})();
