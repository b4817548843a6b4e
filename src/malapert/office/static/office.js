// While a job runs its bar moves; when it ends the page is loaded again. Without this, a reload does the same.
"use strict";
const live = [...document.querySelectorAll(".job")].filter((job) => ["queued", "running"].includes(job.dataset.state));
async function look(job) {
  const answer = await fetch(`/api/jobs/${job.dataset.job}`, { credentials: "same-origin" });
  if (!answer.ok) return;
  const now = await answer.json();
  job.querySelector("progress").value = now.progress;
  job.querySelector(".words").textContent = now.words;
  const tag = job.querySelector(".tag");
  tag.textContent = now.state;
  tag.className = `tag ${now.state}`;
  if (!["queued", "running"].includes(now.state)) location.reload();
}
if (live.length) setInterval(() => live.forEach((job) => look(job).catch(() => {})), 1500);
