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

  // A lost request never takes away what was typed; it says so.
  document.addEventListener("htmx:sendError", () => trouble("unreached"));
  document.addEventListener("htmx:timeout", () => trouble("unreached"));
  document.addEventListener("htmx:responseError", () => trouble("server"));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.getElementById("trouble")?.replaceChildren();
  });
})();
