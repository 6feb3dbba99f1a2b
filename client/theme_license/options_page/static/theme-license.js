// Betters the license card where scripts run; everything works without it.
(() => {
  "use strict";

  // What separates symbols in pasted text, and marks that nobody sees. The server reads even more kindly.
  const SEPARATORS = /[\s\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu;
  const SLOW_AFTER_MS = 10_000;

  for (const field of document.querySelectorAll('input[name="license_key"]')) {
    field.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text");
      if (!text) return;
      event.preventDefault();
      field.setRangeText(text.replace(SEPARATORS, " ").trim(), field.selectionStart, field.selectionEnd, "end");
    });
  }

  for (const form of document.querySelectorAll("form[data-checking]")) {
    const progress = form.querySelector(".theme-license-progress");
    const told = progress.querySelector("[role=status]");
    const cancel = progress.querySelector("button");
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      event.submitter?.setAttribute("aria-disabled", "true");
      told.textContent = form.dataset.checking;
      cancel.hidden = false;
      setTimeout(() => { told.textContent = form.dataset.slow; }, SLOW_AFTER_MS);
    });
    // Nobody can call back what was sent: the page is loaded anew and shows what has come of it.
    cancel.addEventListener("click", () => {
      window.stop();
      location.assign(form.dataset.page);
    });
  }

  for (const button of document.querySelectorAll("button[data-copies]")) {
    const source = document.getElementById(button.dataset.copies);
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      source.select();
      try {
        await navigator.clipboard.writeText(source.value);
      } catch {
        document.execCommand("copy"); // the clipboard is for secure pages only, and many of these are not
      }
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = label; }, 2_000);
    });
  }

  // A page that comes back from the browser's memory must not stay locked.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
