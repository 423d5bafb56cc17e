// A region as its address gives it anew: whoever has a namesake in it stays the same element, so that focus, caret, text,
// selection and what is open stay as well; rows come and go around them.
(() => {
  "use strict";

  const { rules } = live;
  const { isBusy, mark, place, swap } = live.elements;
  const OURS = new Set(["data-epoch", "data-stale", "open"]); // what scripts and people have set, not the server

  const isState = (element) => "topic" in element.dataset && !("live" in element.dataset) && !("log" in element.dataset);
  const hasNames = (element) => element.querySelector("[id]") !== null;

  // Returns whether something had to stay as it was, because a person is at it.
  live.renew = function (region, fresh) {
    const kept = { any: false };
    live.keepingPlace(region, () => {
      renewAttributes(region, fresh);
      renewChildren(region, fresh, kept);
    });
    return kept.any;
  };

  function renew(present, fresh, kept) {
    if (present.isEqualNode(fresh)) return;
    if (isState(present)) return place(fresh);
    if ("log" in present.dataset && rules.isNewer(present.dataset.v, fresh.dataset.v)) return;
    if (present.matches("form") || !hasNames(present) || !hasNames(fresh)) return renewWhole(present, fresh, kept);
    renewAttributes(present, fresh);
    renewChildren(present, fresh, kept);
  }

  function renewWhole(present, fresh, kept) {
    if (isBusy(present)) kept.any = true;
    else swap(present, document.importNode(fresh, true));
  }

  function renewAttributes(present, fresh) {
    for (const { name } of [...present.attributes]) {
      if (!fresh.hasAttribute(name) && !OURS.has(name)) present.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (present.getAttribute(name) !== value && !OURS.has(name)) present.setAttribute(name, value);
    }
  }

  function renewChildren(present, fresh, kept) {
    const known = byKey(present);
    const entered = [];
    const wanted = [...byKey(fresh)].map(([key, node]) => {
      const namesake = known.get(key);
      known.delete(key);
      if (namesake) return renewed(namesake, node, kept);
      entered.push(document.importNode(node, true));
      return entered.at(-1);
    });
    for (const node of known.values()) leave(node, wanted, kept);
    order(present, wanted);
    entered.filter((node) => node.nodeType === Node.ELEMENT_NODE).forEach(enter);
  }

  function enter(element) {
    if (element.id) mark(element);
    globalThis.htmx?.process(element);
  }

  // A row that left while somebody types in it stays where it is until they are done.
  function leave(node, wanted, kept) {
    if (node.nodeType !== Node.ELEMENT_NODE || !isBusy(node)) return node.remove();
    kept.any = true;
    wanted.splice(wanted.indexOf(node.previousSibling) + 1, 0, node);
  }

  // By id where there is one, else the how-manieth of its kind it is.
  function byKey(parent) {
    const counts = {};
    const nodes = [...parent.childNodes].map((node) => {
      const kind = node.nodeName;
      return [node.id ? `#${node.id}` : `${kind} ${(counts[kind] = (counts[kind] ?? 0) + 1)}`, node];
    });
    return new Map(nodes);
  }

  // Returns the node that now stands in the place of `present`.
  function renewed(present, fresh, kept) {
    if (present.nodeType !== Node.ELEMENT_NODE) {
      if (present.nodeValue !== fresh.nodeValue) present.nodeValue = fresh.nodeValue;
      return present;
    }
    const before = present.previousSibling;
    const { parentNode } = present;
    renew(present, fresh, kept);
    return present.isConnected ? present : before ? before.nextSibling : parentNode.firstChild;
  }

  // Puts the children in this order; whoever holds the focus is never moved, the others move around them.
  function order(parent, wanted) {
    let next = parent.firstChild;
    for (const node of wanted) {
      if (node !== next && node.contains(document.activeElement)) {
        while (next && next !== node) next = takeOut(next);
      }
      if (node === next) next = next.nextSibling;
      else parent.insertBefore(node, next);
    }
  }

  function takeOut(node) {
    const { nextSibling } = node;
    node.remove();
    return nextSibling;
  }
})();
