// The quick order pad under the hand: Enter and the arrows lead through its lines, rows of a spreadsheet are pasted into
// any of them, and what was typed but could not be sent is there again after a reload or a login.
(() => {
  const pad = () => document.getElementById("pad");
  const isField = (element) => element.matches?.(".quick-line input");
  const named = (column, position) => document.getElementById(`${column}-${position}`);
  const placeOf = (field) => field.id.split("-"); // [column, position]

  // --- Keys -----------------------------------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    if (!isField(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const [column, position] = placeOf(event.target);
    const step = { Enter: () => after(column, Number(position)), ArrowDown: () => [column, Number(position) + 1],
      ArrowUp: () => [column, Number(position) - 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    lead(...step(), event.key !== "ArrowUp");
  });

  // From a code to its quantity, unless it has one; from there to the next line.
  function after(column, position) {
    const isOpen = column === "code" && named("quantity", position).value === "";
    return isOpen ? ["quantity", position] : ["code", position + 1];
  }

  let wanted = ""; // the field that waits for more lines
  function lead(column, position, isOn) {
    const field = named(column, position);
    if (field) return field.select();
    const more = document.getElementById("quick-more");
    if (!isOn || !more) return;
    wanted = `${column}-${position}`;
    more.click();
  }

  document.addEventListener("htmx:afterSettle", () => {
    if (!wanted || !document.getElementById(wanted)) return;
    document.getElementById(wanted).focus();
    wanted = "";
  });

  // --- The frame of the field that is to be corrected: the check alone is swapped ------------------------------------------
  document.addEventListener("htmx:afterSettle", () => {
    for (const { id, dataset } of document.querySelectorAll(".quick-check")) {
      for (const column of ["code", "quantity"]) mark(named(column, id.split("-")[1]), dataset.fault === column);
    }
  });

  function mark(field, isWrong) {
    if (isWrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }

  // --- A table out of a spreadsheet -------------------------------------------------------------------------------------
  document.addEventListener("paste", (event) => {
    if (!isField(event.target)) return;
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\r\n]/.test(text.trim())) return;
    event.preventDefault();
    const form = document.getElementById("paste");
    form.elements.text.value = text;
    form.requestSubmit();
  });

  // --- "Take 36" --------------------------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    event.preventDefault();
    const field = document.getElementById(button.dataset.fill);
    field.value = button.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });

  // --- What was typed is kept here until the server has it -----------------------------------------------------------------
  const kept = () => `quick:${location.pathname}`;
  const read = () => JSON.parse(sessionStorage.getItem(kept()) ?? "{}");
  const write = (typed) => sessionStorage.setItem(kept(), JSON.stringify(typed));

  document.addEventListener("input", ({ target }) => {
    if (isField(target)) write({ ...read(), [target.id]: target.value });
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const line = detail.elt.closest?.(".quick-line");
    if (!line || !detail.successful || detail.xhr.getResponseHeader("HX-Redirect")) return;
    const typed = read();
    for (const field of line.querySelectorAll("input")) {
      if (detail.requestConfig.parameters[field.name] !== field.value) continue; // typed on meanwhile
      field.setAttribute("value", field.value);
      delete typed[field.id];
    }
    write(typed);
    if (pad()) globalThis.live?.regions?.refreshSoon(pad(), 0);
  });

  function restore() {
    for (const [id, value] of Object.entries(read())) {
      const field = document.getElementById(id);
      if (!field || field.value === value) continue;
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  addEventListener("load", restore);
})();
