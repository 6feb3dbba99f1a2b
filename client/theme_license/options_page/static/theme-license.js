// Betters the license card where scripts run; everything works without it.
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
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.checking;
    setTimeout(() => { button.textContent = form.dataset.slow; }, SLOW_AFTER_MS);
  });
}

// A page that comes back from the browser's memory must not stay locked.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
