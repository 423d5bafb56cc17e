// Canned replies. `/` in an empty message opens them; arrows walk, Enter takes, Esc goes back. What is taken is put in
// where one writes. Without this script each is a link to the room with the message filled in.
//   <details data-canned="composer-4"> … <a href="?reply=3" data-insert="words">title</a> … </details>
(() => {
  "use strict";

  const fieldOf = (menu) => document.querySelector(`#${menu.dataset.canned} textarea`);
  const menuOf = (field) => document.querySelector(`[data-canned="${field.form?.id}"]`);
  const linksOf = (menu) => [...menu.querySelectorAll("[data-insert]")];

  function close(menu) {
    menu.open = false;
    fieldOf(menu)?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (key === "/" && target.matches?.("textarea") && !target.value) {
      const menu = menuOf(target);
      if (!menu || !linksOf(menu).length) return;
      event.preventDefault();
      menu.open = true;
      linksOf(menu)[0].focus();
      return;
    }
    const menu = target.closest?.("[data-canned][open]");
    if (!menu) return;
    const links = linksOf(menu);
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (key === "Escape") close(menu);
    else if (step) links.at((links.indexOf(target) + step) % links.length).focus();
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-insert]");
    const menu = link?.closest("[data-canned]");
    const field = menu && fieldOf(menu);
    if (!field || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    close(menu);
    field.setRangeText(link.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
