// How much of a file has been sent: a large one takes minutes. One that is too large is told before it is sent.
(() => {
  const formOf = (event) => event.target.closest?.("[data-upload]");

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = formOf(event)?.querySelector("progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });

  document.addEventListener("change", (event) => {
    const form = formOf(event);
    if (!form || !event.target.files) return;
    const isTooLarge = [...event.target.files].some((file) => file.size > Number(form.dataset.upload));
    form.querySelector("[role=alert]").hidden = !isTooLarge;
    form.querySelector("button").disabled = isTooLarge;
  });
})();
