// One browser, one person: a page that was made for somebody who has logged out, or for another one, is taken off the
// screen in every tab. What they had typed comes back when they do, and is never shown to the next person.
(() => {
  "use strict";

  if (!live.socket) return;

  const { rules } = live;
  const KEY = "live.person";
  const mine = live.page.person;
  const words = document.getElementById("other-person");
  let channel = null;
  let hidden = null; // what stood on the page, while its person is away
  let title = "";

  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the other tabs are told all the same
    }
  };

  function remember(person) {
    try {
      localStorage.setItem(KEY, person);
    } catch {
      // As above.
    }
  }

  // Says to the other tabs who this browser is, as the server has just said it.
  function announce(person) {
    if (remembered() === String(person)) return;
    remember(person);
    channel?.postMessage(person);
  }

  function meet(person) {
    const verdict = rules.afterLogin({ mine, present: person });
    if (verdict === "show") restore();
    else hide();
    if (verdict === "forget") hidden = document.createDocumentFragment();
  }

  function hide() {
    if (hidden) return;
    live.socket.disconnect();
    title = document.title;
    hidden = document.createDocumentFragment();
    hidden.append(...document.body.childNodes);
    document.body.append(words.content.cloneNode(true));
    document.title = words.dataset.title;
  }

  function restore() {
    if (!hidden?.hasChildNodes()) return;
    document.body.replaceChildren(hidden);
    document.title = title;
    hidden = null;
    document.dispatchEvent(new CustomEvent("live:back"));
  }

  // Another tab's word is enough to hide, but only the server's brings back.
  async function hear(person) {
    if (rules.afterLogin({ mine, present: person }) !== "show") meet(person);
    else if (hidden) await live.socket.renewTicket();
  }

  // A page that was away, or came out of a cache, may be of another person's time. Where memories differ the server
  // knows; a page that it has just made is shown meanwhile, an older one is not.
  async function check({ isOld }) {
    channel ??= open();
    const known = remembered();
    if (known === String(mine)) return;
    if (known === null) return announce(mine);
    if (isOld && rules.afterLogin({ mine, present: Number(known) }) !== "show") hide();
    const person = await live.socket.renewTicket();
    if (person === undefined) hear(Number(known));
  }

  function open() {
    const made = new BroadcastChannel("live");
    made.onmessage = ({ data }) => hear(data);
    return made;
  }

  document.addEventListener("live:person", ({ detail }) => {
    announce(detail);
    meet(detail);
  });
  addEventListener("pageshow", (event) => event.persisted && check({ isOld: true }));
  addEventListener("pagehide", () => {
    channel?.close();
    channel = null;
  });
  document.addEventListener("visibilitychange", () => document.hidden || check({ isOld: true }));
  check({ isOld: performance.getEntriesByType("navigation")[0]?.type === "back_forward" });
})();
