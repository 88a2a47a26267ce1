// Until there are pages: how far they are, and then the pages, at the address that was asked for.
"use strict";

(() => {
  const said = document.getElementById("said");
  const done = document.getElementById("done");
  const hint = document.getElementById("hint");

  function show(job) {
    if (job.state === "failed") {
      said.textContent = job.said;
      hint.textContent = job.hint || "";
      done.hidden = true;
      return;
    }
    done.hidden = false;
    said.textContent = `The pages of this collection are being made${job.stage ? `: ${job.stage}` : ""}.`;
    if (job.of) {
      done.max = job.of;
      done.value = job.done;
    } else done.removeAttribute("value");
  }

  const events = new EventSource("api/events");
  events.addEventListener("state", () => location.reload());
  events.addEventListener("job", (event) => show(JSON.parse(event.data)));
  events.addEventListener("open", async () => {
    const state = await (await fetch("api/state")).json();
    if (state.generation) location.reload();
    for (const job of state.jobs || []) show(job);
  });
})();
