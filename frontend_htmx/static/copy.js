// A button beside a field that is there to be copied. Where the browser keeps the clipboard to itself, it selects.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    document.getElementById(`${field.id}-copied`).textContent = button.dataset.done;
  } catch {
    field.focus();
  }
});
