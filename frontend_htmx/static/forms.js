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

  // A lost request never takes away what was typed; it says so.
  document.addEventListener("htmx:sendError", () => trouble("unreached"));
  document.addEventListener("htmx:timeout", () => trouble("unreached"));
  document.addEventListener("htmx:responseError", () => trouble("server"));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.getElementById("trouble")?.replaceChildren();
  });
})();
