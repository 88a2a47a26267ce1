// Pictures from outside: dropped anywhere, pasted, or chosen. They become part of a question for kin.
"use strict";

artbyol.drop = (() => {
  const { el, address, whereabouts, rowOf, titled, notice, say, count, keys } = artbyol;

  const MOST = 24; // pictures at once
  const taken = new Map(); // "upload:3" -> {name, preview}, of this window

  // Pictures as parts of a question; those that cannot be read are told of.
  async function take(files) {
    const told = await artbyol.upload(files.slice(0, MOST));
    const [good, wrong] = [told.filter((one) => !one.error), told.filter((one) => one.error)];
    for (const one of good) taken.set(one.upload, one);
    const many = files.length > MOST ? `At most ${MOST} pictures are asked for at once; the first ${MOST} were taken.` : "";
    notice("wrong", wrong.map((one) => (one.error.includes(one.name) ? one.error : `${one.name}: ${one.error}`)).concat(many || []).join(" ") || null);
    return good.map((one) => one.upload);
  }

  // Ask for the kin of pictures, together with what is asked for already.
  async function ask(files, less = false) {
    if (!files.length) return;
    const name = files.length === 1 ? files[0].name || "the picture" : count(files.length, "picture");
    notice("looking", `Looking at ${name}.`, { share: null });
    try {
      const parts = await take(files);
      if (parts.length) include(less ? [] : parts, less ? parts : []);
    } catch (error) {
      notice("wrong", error.message);
    } finally {
      notice("looking", null);
    }
  }

  // Add works or pictures to the question that is shown, or begin one with them.
  function include(like, unlike) {
    const where = whereabouts();
    const asked = where.view === "kin";
    const now = (name) => (asked ? (where.query.get(name) || "").split(",").filter(Boolean) : []);
    const more = (before, added, other) => [...new Set([...before.filter((one) => !other.includes(one)), ...added])].join(",");
    const query = asked ? Object.fromEntries(where.query) : {};
    location.hash = address("kin", "", { ...query, like: more(now("like"), like, unlike), unlike: more(now("unlike"), unlike, like) });
  }

  function choose() {
    const field = el("input", { type: "file", multiple: true, accept: "image/*,.heic,.heif,.avif,.tif,.tiff,.psd,.jxl,.webp", "aria-label": "Pictures to find kin of", class: "unseen", tabindex: -1 });
    field.addEventListener("change", () => ask([...field.files]));
    for (const end of ["change", "cancel"]) field.addEventListener(end, () => field.remove());
    document.body.append(field);
    field.click();
  }

  // While something is dragged over the window, where it can be dropped.
  let depth = 0;
  let targets = null;

  function kind(event) {
    const types = [...(event.dataTransfer?.types || [])];
    if (types.includes("application/x-artbyol-work")) return "work";
    return types.includes("Files") && artbyol.ask ? "files" : null;
  }

  function raise(what) {
    if (targets) return;
    const asked = whereabouts().view === "kin";
    const zone = (name, text) => el("div", { class: "zone", "data-zone": name }, text);
    targets = el("div", { class: `dropping ${what}`, "aria-hidden": "true" },
      artbyol.ask ? zone("like", asked ? "More like this" : what === "files" ? "Drop to find its kin" : "Its kin") : null,
      artbyol.ask && asked ? zone("unlike", "Less like this") : null,
      what === "work" ? zone("choose", "Choose") : null);
    document.body.append(targets);
  }

  function lower() {
    depth = 0;
    targets?.remove();
    targets = null;
  }

  document.addEventListener("dragstart", (event) => {
    const link = event.target.closest?.("a[href^='#/work/']");
    if (link) event.dataTransfer.setData("application/x-artbyol-work", whereabouts(link.getAttribute("href")).argument);
  });
  document.addEventListener("dragenter", (event) => {
    const what = kind(event);
    if (!what || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    depth += 1;
    raise(what);
  });
  document.addEventListener("dragleave", () => {
    depth -= 1;
    if (targets && depth <= 0) lower();
  });
  document.addEventListener("dragend", lower);
  document.addEventListener("dragover", (event) => {
    if (!targets) return;
    event.preventDefault();
    const zone = event.target.closest?.(".zone");
    for (const one of targets.children) one.classList.toggle("over", one === zone);
    event.dataTransfer.dropEffect = zone || targets.classList.contains("files") ? "copy" : "none";
  });
  document.addEventListener("drop", (event) => {
    const what = targets && kind(event);
    if (!what) return;
    event.preventDefault();
    const zone = event.target.closest?.(".zone")?.dataset.zone;
    const files = [...event.dataTransfer.files];
    const id = event.dataTransfer.getData("application/x-artbyol-work");
    lower();
    if (what === "files") ask(files, zone === "unlike");
    else if (zone === "choose") artbyol.tray.add([rowOf(id)]);
    else if (zone && rowOf(id) !== undefined) {
      include(zone === "like" ? [id] : [], zone === "unlike" ? [id] : []);
      say(`${titled(rowOf(id))}: ${zone === "like" ? "more" : "less"} like this`);
    }
  });
  document.addEventListener("paste", (event) => {
    if (!artbyol.ask || !event.clipboardData.files.length || /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    ask([...event.clipboardData.files]);
  });

  keys.push(["o", "o", "choose a picture from outside and find its kin; or drop or paste one", () => (artbyol.ask ? choose() : false)]);

  function begin() {
    if (!artbyol.ask) return;
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", "M12 15V4M7.500 8.500L12 4l4.500 4.500M4 15v4.500h16V15");
    icon.append(path);
    document.getElementById("find").before(el("button", { type: "button", id: "outside", "aria-label": "Find the kin of a picture from outside", title: "Kin of a picture: drop one, paste one, or choose one ( o )", onclick: choose }, icon));
  }

  return { include, choose, begin, taken };
})();
