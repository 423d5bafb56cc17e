// What htmx leaves to us around forms.
(() => {
  const trouble = (name) => {
    const words = document.getElementById(`trouble-${name}`);
    document.getElementById("trouble")?.replaceChildren(words.content.cloneNode(true));
  };

  // An address says what was asked for, not what wasn't.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.elt.hasAttribute("data-drop-empty")) return;
    for (const [name, value] of [...event.detail.formData]) if (value === "") event.detail.formData.delete(name);
  });

  // A count is made against the number that is seen when typing begins, whatever a push brings while it goes on.
  document.addEventListener("beforeinput", (event) => {
    const form = event.target.closest("[data-keeps-seen]");
    if (!form || event.target.value !== "" || !form.elements.shown) return;
    form.elements.seen.value = form.elements.shown.value;
  });

  // A scanner ends each code with Enter: that leads to the next field, and sends only from the last.
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest("[data-enter-next]");
    if (!form || event.key !== "Enter" || !event.target.matches("input")) return;
    const fields = [...form.querySelectorAll("input:not([type=hidden])")];
    const next = fields[fields.indexOf(event.target) + 1];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // What is typed while an answer is under way goes on in the form that the answer brings.
  const fieldsOf = (form) => [...form.querySelectorAll("input:not([type=hidden]), textarea, select")];
  const sent = new WeakMap();
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.matches("form")) sent.set(detail.elt, new Map(fieldsOf(detail.elt).map((one) => [one.name, one.value])));
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const before = sent.get(detail.elt);
    if (!before || detail.target !== detail.elt || !detail.elt.id) return;
    const typed = fieldsOf(detail.elt).filter((one) => one.value !== before.get(one.name));
    if (typed.length === 0) return;
    const isAtIt = typed.find((one) => one === document.activeElement)?.name;
    const goOn = () => {
      const form = document.getElementById(detail.elt.id);
      for (const one of typed) if (form?.elements[one.name]) form.elements[one.name].value = one.value;
      form?.elements[isAtIt]?.focus();
    };
    document.addEventListener("htmx:afterSettle", goOn, { once: true });
  });

  // A lost request never takes away what was typed; it says so.
  document.addEventListener("htmx:sendError", () => trouble("unreached"));
  document.addEventListener("htmx:timeout", () => trouble("unreached"));
  const REFUSED = { 413: "large", 429: "many" };
  document.addEventListener("htmx:responseError", ({ detail }) => trouble(REFUSED[detail.xhr.status] ?? "server"));

  // What stands in the corner stays until something else has been answered that the person asked for later: an answer to
  // what was asked before, or what the page asks for by itself, takes no refusal away that nobody has read.
  let since = 0;
  document.addEventListener("htmx:beforeRequest", ({ detail }) => (detail.xhr.begun = performance.now()));
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const isByHand = detail.requestConfig.triggeringEvent?.isTrusted;
    if (!detail.successful || detail.target.id === "trouble") since = performance.now();
    else if (isByHand && detail.xhr.begun > since) document.getElementById("trouble")?.replaceChildren();
  });
})();
