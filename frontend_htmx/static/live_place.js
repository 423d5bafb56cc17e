// A page that changes by itself must not move under whoever reads it: what they look at stays where it is on the screen,
// and the focus stays in the list that it was in.
(() => {
  "use strict";

  const { all } = live.elements;
  const HEIGHTS = [0.15, 0.3, 0.5, 0.7, 0.9];
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary";

  // Things on the screen, from above, of which one will still be there after a change of `root`.
  function anchors(root) {
    if (scrollY === 0) return []; // at the very top one waits for what is new
    const focused = root.contains(document.activeElement) ? [document.activeElement] : [];
    const seen = HEIGHTS.map((height) => document.elementFromPoint(innerWidth / 2, height * innerHeight));
    const known = seen.flatMap((element) => [element, element?.closest("[id]")]);
    const candidates = [...focused, ...known].filter((element) => element && !element.contains(root) && isOnScreen(element));
    candidates.sort((one, other) => root.contains(other) - root.contains(one));
    return candidates.map((element) => [element, element.getBoundingClientRect().top]);
  }

  function isOnScreen(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }

  live.keepingPlace = function (root, change) {
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    const after = focused ? all(FOCUSABLE, root).filter((each) => follows(focused, each)) : [];
    const marks = anchors(root);
    const result = change();
    const [mark, top] = marks.find(([element]) => element.isConnected) ?? [];
    if (mark) moveBy(mark.getBoundingClientRect().top - top);
    if (focused && !focused.isConnected && document.activeElement === document.body) refocus(root, after);
    return result;
  };

  // A screen scrolls by whole pixels: what is left over is not lost, or a busy log would drift.
  let remainder = 0;

  function moveBy(distance) {
    if (Math.abs(distance) < 0.1) return;
    const from = scrollY;
    scrollBy({ top: distance + remainder, behavior: "instant" });
    const missed = distance + remainder - (scrollY - from);
    remainder = Math.abs(missed) < 1 ? missed : 0;
  }

  const follows = (one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);

  // Whoever stood on a row that has left the list stands on the next one.
  function refocus(root, after) {
    const next = after.find((element) => element.isConnected) ?? all(FOCUSABLE, root).at(-1);
    next?.focus({ preventScroll: true });
  }
})();
