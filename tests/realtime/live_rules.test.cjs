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
