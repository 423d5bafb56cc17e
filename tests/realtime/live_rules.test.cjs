// What the page decides without looking at itself, in Node's own test runner: node --test
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const vm = require("node:vm");

const STATIC = join(__dirname, "..", "..", "frontend_htmx", "static");
const page = {};
vm.runInNewContext(readFileSync(join(STATIC, "live_rules.js"), "utf8"), page);
const { rules } = page.live;

// What comes out of the other context has other prototypes: compare what it says.
const same = (actual, expected) => assert.equal(JSON.stringify(actual), JSON.stringify(expected));

test("a lower version never replaces a higher one, an equal one has nothing to say", () => {
  assert.equal(rules.isNewer("10", "9"), true);
  assert.equal(rules.isNewer("9", "9"), false);
  assert.equal(rules.isNewer("9", "10"), false);
  assert.equal(rules.isNewer("100", "99"), true);
});

test("an element without a version is older than any", () => {
  assert.equal(rules.isNewer("0", undefined), true);
  assert.equal(rules.isNewer(undefined, "3"), false);
  assert.equal(rules.isNewer("nonsense", "3"), false);
});

test("reconnecting waits anything from nothing to twice as long as before, half a minute at most", () => {
  assert.equal(rules.backoff(0, 0.999) < 1_000, true);
  assert.equal(rules.backoff(3, 0.5), 4_000);
  assert.equal(rules.backoff(5, 0), 0);
  assert.equal(rules.backoff(1_000, 0.999) < 30_000, true);
});

test("the road is live only if all of it is", () => {
  const now = 1_000_000;
  const whole = { now, isOnline: true, lostAt: 0, tickAgeS: 1 };
  same(rules.road(whole), { state: "live", since: now });
  same(rules.road({ ...whole, tickAgeS: 6 }), { state: "delayed", since: now - 6_000 });
  same(rules.road({ ...whole, lostAt: now - 500 }), { state: "reconnecting", since: now - 500 });
  same(rules.road({ ...whole, lostAt: now - 500, tickAgeS: 60 }), { state: "reconnecting", since: now - 500 });
  same(rules.road({ ...whole, lostAt: now - 11_000 }), { state: "offline", since: now - 11_000 });
  same(rules.road({ ...whole, isOnline: false }), { state: "offline", since: now });
});

test("of a topic that is shown twice the older showing counts", () => {
  const shown = [
    { topic: "stock:1", v: "9" },
    { topic: "stock:2", v: "4" },
    { topic: "stock:1", v: "7" },
    { topic: "stock:3", v: undefined },
  ];
  same(rules.have(shown), { "stock:1": 7, "stock:2": 4, "stock:3": 0 });
});

test("a field that holds what was not sent is known", () => {
  assert.equal(rules.isUnsent({ type: "text", value: "12", defaultValue: "10" }), true);
  assert.equal(rules.isUnsent({ type: "text", value: "10", defaultValue: "10" }), false);
  assert.equal(rules.isUnsent({ type: "textarea", value: "breakage", defaultValue: "" }), true);
  assert.equal(rules.isUnsent({ type: "hidden", value: "token", defaultValue: "" }), false);
  assert.equal(rules.isUnsent({ type: "checkbox", checked: true, defaultChecked: false, value: "on", defaultValue: "on" }), true);
  assert.equal(rules.isUnsent({ type: "radio", checked: true, defaultChecked: true, value: "1", defaultValue: "1" }), false);
  assert.equal(rules.isUnsent({ type: "div" }), false);
});

test("a list of choices is unsent when another one than at first is chosen", () => {
  const option = (defaultSelected, selected) => ({ defaultSelected, selected });
  const list = (selectedIndex, ...options) => ({ type: "select-one", multiple: false, selectedIndex, options });
  assert.equal(rules.isUnsent(list(0, option(false, true), option(false, false))), false);
  assert.equal(rules.isUnsent(list(1, option(false, false), option(false, true))), true);
  assert.equal(rules.isUnsent(list(1, option(false, false), option(true, true))), false);
  assert.equal(rules.isUnsent(list(0, option(false, true), option(true, false))), true);
  const many = { type: "select-multiple", multiple: true, options: [option(true, true), option(false, true)] };
  assert.equal(rules.isUnsent(many), true);
});

test("a log shows the next entry, drops a known one, and notices that one is missing", () => {
  assert.equal(rules.entry("117", "116"), "show");
  assert.equal(rules.entry("116", "116"), "drop");
  assert.equal(rules.entry("9", "116"), "drop");
  assert.equal(rules.entry("118", "116"), "gap");
  assert.equal(rules.entry("1", "0"), "show");
  assert.equal(rules.entry("2", undefined), "gap");
});

test("a network counts as closed to sockets after two refusals without any welcome", () => {
  assert.equal(rules.isBlocked(1, false), false);
  assert.equal(rules.isBlocked(2, false), true);
  assert.equal(rules.isBlocked(50, true), false);
});

test("where sockets are blocked one is tried again soon, and later every few minutes", () => {
  assert.equal(rules.retryBlocked(2, 0), 15_000);
  assert.equal(rules.retryBlocked(2, 1), 30_000);
  assert.equal(rules.retryBlocked(4, 1), 120_000);
  assert.equal(rules.retryBlocked(40, 0), 120_000);
  assert.equal(rules.retryBlocked(40, 1), 240_000);
});

test("polling asks every 5 to 30 seconds, less often the longer nothing happens", () => {
  for (const quiet of [0, 1, 5, 1_000]) {
    assert.equal(rules.pollIn(quiet, 0), 5_000);
    assert.equal(rules.pollIn(quiet, 1) <= 30_000, true);
  }
  assert.equal(rules.pollIn(0, 1), 7_500);
  assert.equal(rules.pollIn(1, 1) > rules.pollIn(0, 1), true);
  assert.equal(rules.pollIn(1_000, 1), 30_000);
});

test("a page that polls says so while its answers come, and since when they don't", () => {
  const now = 1_000_000;
  const polling = { now, isOnline: true, lostAt: now - 600_000, tickAgeS: 0, polledAt: now - 30_000 };
  same(rules.road(polling), { state: "polling", since: now - 30_000 });
  same(rules.road({ ...polling, polledAt: now - 41_000 }), { state: "offline", since: now - 41_000 });
  same(rules.road({ ...polling, isOnline: false }), { state: "offline", since: now - 30_000 });
});

test("a page is hidden when its person leaves, and forgotten when another one comes", () => {
  assert.equal(rules.afterLogin({ mine: 7, present: 7 }), "show");
  assert.equal(rules.afterLogin({ mine: 7, present: 0 }), "hide");
  assert.equal(rules.afterLogin({ mine: 7, present: 8 }), "forget");
  assert.equal(rules.afterLogin({ mine: 0, present: 8 }), "show");
});
