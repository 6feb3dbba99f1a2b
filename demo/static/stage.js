// Keeps the facts on the stage true while its visitor works inside the frames; without it a reload does the same.
"use strict";

async function refresh() {
  const answer = await fetch("/report.json", { cache: "no-store" });
  if (!answer.ok) return;
  const report = await answer.json();
  document.getElementById("serving").textContent = report.serving ? "running" : "stopped";
  report.sites.forEach((site, number) => {
    const section = document.querySelector(`section[data-site="${number}"]`);
    section.querySelector(".verdict").textContent = site.verdict;
    section.querySelector(".bytes").textContent = site.license_bytes_in_public;
  });
}

const copy = document.getElementById("copy");
copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById("key").value);
  copy.textContent = "Copied";
});

setInterval(() => refresh().catch(() => {}), 2000);
