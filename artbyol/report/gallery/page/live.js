// What a server beside the pages makes possible (`artbyol open`); in a gallery without one `artbyol.live` stays undefined.
"use strict";

artbyol.live = document.body.dataset.live === undefined ? undefined : (() => {
  const { data, works, notice, count } = artbyol;

  const live = { state: null, request, change, begin };
  const jobs = new Map(); // id -> what waits for its end
  let away = 0; // since when the server does not answer, ms

  // What the server answers; an error is a sentence of the server's, or says that there is none.
  async function request(path, options = {}) {
    let response;
    try {
      response = await fetch(`api/${path}`, options);
    } catch {
      throw new Error("The server of this page does not answer. Is `artbyol open` still running?");
    }
    const told = await response.json().catch(() => ({}));
    if (response.ok) return told;
    throw new Error(sentence(told.error || `The server answered with ${response.status}.`, told.hint));
  }

  // An error with its remedy: what to do, or a command to try.
  function sentence(said, hint) {
    if (!hint) return said;
    return `${said} ${/^(artbyol|pip|mv|rm) /.test(hint) ? `Try: ${hint}` : `${hint[0].toUpperCase()}${hint.slice(1).replace(/\.$/, "")}.`}`;
  }

  function post(path, body) {
    return request(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  }

  // Post what changes the collection, and show how it then is; null after an error, which is shown.
  async function change(path, body) {
    try {
      const state = await post(path, body);
      apply(state);
      notice("wrong", null);
      return state;
    } catch (error) {
      notice("wrong", error.message);
      return null;
    }
  }

  async function upload(files) {
    const form = new FormData();
    for (const file of files) form.append("picture", file, file.name || "pasted.png");
    return (await request("upload", { method: "POST", body: form })).uploads;
  }

  // Show how the collection is now, whoever changed it.
  function apply(state) {
    if (!state.generation) return undefined; // the pages are being made
    live.state = state;
    if (`pages-${state.generation}` !== document.body.dataset.folder) return anew();
    const before = JSON.stringify([data.works.groups, works().group]);
    const shown = artbyol.granularity.shown(state);
    data.works.groups = shown.groups;
    works().group = shown.group;
    data.works.about.unassigned = shown.group.filter((number) => number === 0).length;
    artbyol.marks.receive(state);
    document.dispatchEvent(new Event("state"));
    offer(state.new);
    for (const one of state.jobs) progressed(one, true);
    if (JSON.stringify([shown.groups, shown.group]) !== before) {
      document.dispatchEvent(new Event("regrouped"));
      if (artbyol.shown !== undefined) whenIdle(artbyol.refresh);
    }
    return undefined;
  }

  // The pages were made anew: load them once, but not while somebody writes.
  function anew() {
    const tried = `reloaded from ${document.body.dataset.folder}`;
    if (sessionStorage.getItem("artbyol reload") === tried) return;
    whenIdle(() => {
      sessionStorage.setItem("artbyol reload", tried);
      sessionStorage.setItem("artbyol scroll", JSON.stringify([location.hash, window.scrollY]));
      location.reload();
    });
  }

  let waiting = null;
  const writing = () => document.querySelector("dialog[open]") || /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);
  function whenIdle(act) {
    if (!writing()) return act();
    waiting = act;
    return undefined;
  }
  const idle = () => setTimeout(() => {
    if (!waiting || writing()) return;
    const act = waiting;
    waiting = null;
    act();
  }, 50);
  document.addEventListener("focusout", idle);
  document.addEventListener("close", idle, true);

  let declined = "";
  function offer(found) {
    const said = JSON.stringify(found);
    if (!found?.files || said === declined) return notice("new", null);
    const names = found.first.slice(0, 2).join(", ") + (found.files > 2 ? ` and ${(found.files - Math.min(2, found.first.length)).toLocaleString("en")} more` : "");
    return notice("new", `${count(found.files, "new file")} in the folder: ${names}.`, {
      acts: [["Take them in", () => start("embed", {})]],
      closed: () => (declined = said),
    });
  }

  // Begin what takes time; a promise of the job when it is done, null after an error, which is shown.
  async function start(path, body) {
    try {
      const told = await post(path, body);
      notice("wrong", null);
      if (path === "embed") notice("new", null);
      return told.job === undefined ? told : await ended(told.job);
    } catch (error) {
      notice("wrong", error.message);
      return null;
    }
  }
  live.start = start;

  function ended(id) {
    return new Promise((resolve) => jobs.set(id, [...(jobs.get(id) || []), resolve]));
  }

  function progressed(one, listed = false) {
    const name = `job ${one.id}`;
    const what = one.what[0].toUpperCase() + one.what.slice(1);
    if (one.state === "running") {
      if (!jobs.has(one.id)) jobs.set(one.id, []);
      return notice(name, `${[what, one.stage].filter(Boolean).join(": ")}${one.of ? `, ${one.done.toLocaleString("en")} of ${one.of.toLocaleString("en")}` : ""}`, { share: one.of ? one.done / one.of : null });
    }
    if (listed && !jobs.has(one.id)) return undefined; // it ended before this page was opened
    const failed = one.state === "failed";
    notice(name, failed ? sentence(one.said, one.hint) : one.said || `${what}: done.`, { wrong: failed });
    for (const resolve of jobs.get(one.id) || []) resolve(failed ? null : one);
    jobs.delete(one.id);
    return undefined;
  }

  async function refresh() {
    try {
      apply(await request("state"));
      if (away) artbyol.say("The server answers again.");
      away = 0;
      notice("away", null);
    } catch {
      lost();
    }
  }

  function lost() {
    away ||= Date.now();
    notice("away", "The server of this page has ended. Run `artbyol open` again for this folder; what you changed is kept.", {
      acts: [["Try again", () => listen()]], wrong: true,
    });
  }

  // Changes as they happen. A browser tries again by itself, unless it was refused.
  let source = null;
  let retry = 0;
  function listen() {
    source?.close();
    clearTimeout(retry);
    source = new EventSource("api/events");
    source.addEventListener("open", refresh);
    source.addEventListener("state", refresh);
    source.addEventListener("job", (event) => progressed(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      lost();
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(listen, 4000);
    });
  }

  function begin() {
    listen();
    window.addEventListener("pagehide", () => source.close()); // or the end of the server would be told to a page that is gone
    window.addEventListener("focus", () => live.state && post("look", {}).then(apply).catch(lost)); // files may have come meanwhile
    window.addEventListener("pageshow", (event) => event.persisted && listen());
    artbyol.upload = upload;
    artbyol.ask = ({ like, unlike = [], by = "style", across = null, k = 24 }) => post("ask", { like, unlike, by, across, k });
  }

  return live;
})();
