// Betters the portal where scripts run; everything works without it.
"use strict";

for (const button of document.querySelectorAll("button[data-copies]")) {
  const text = document.getElementById(button.dataset.copies);
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      // No clipboard on a page without TLS: the older way takes what is selected.
      if (!document.execCommand("copy")) return;
    }
    status.textContent = button.dataset.copied;
  });
}

// A page that comes back from the browser's memory may be of a session that has ended.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
