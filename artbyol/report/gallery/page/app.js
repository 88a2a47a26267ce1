// Which view is shown, keys, light and dark.
"use strict";

(() => {
  const { el, views, keys, whereabouts, address, data, remembered } = artbyol;
  const ORDER = ["wall", "groups", "map", "timeline", "walks", "check", "collections", "about"].filter((name) => views[name]);
  const REACHED = ["work", "kin"]; // from other views, not from the list of views
  const main = document.getElementById("view");
  const scrolled = new Map(); // places of earlier views, for the way back
  let current = {};
  let last = address("wall"); // where Esc leads from a work
  let listed = address("wall"); // and from what is reached from other views

  const there = ORDER.filter((name) => views[name].available?.() ?? true);
  document.getElementById("views").append(...there.map((name) => el("a", { href: address(name) }, views[name].name)));

  function show() {
    const where = whereabouts();
    const name = views[where.view] && (REACHED.includes(where.view) || there.includes(where.view)) ? where.view : "wall";
    current.end?.();
    main.replaceChildren();
    document.body.dataset.view = name;
    window.scrollTo(0, 0);
    current = views[name].show(main, where) || {};
    artbyol.current = current;
    for (const link of document.querySelectorAll("#views a")) {
      if (link.getAttribute("href") === address(name)) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else link.removeAttribute("aria-current");
    }
    const heading = main.querySelector("h1");
    const title = data.works.about.title;
    document.title = heading ? `${heading.textContent} – ${title}` : title;
    if (name !== "work") last = location.hash || address("wall");
    if (there.includes(name)) listed = last;
    document.dispatchEvent(new CustomEvent("shown", { detail: name }));
    if (artbyol.shown !== undefined) {
      heading?.focus({ preventScroll: true });
      window.scrollTo(0, scrolled.get(location.hash) || 0);
    }
    artbyol.shown = location.hash;
  }

  // Show the view again, as after a change of the groups, where it was scrolled.
  artbyol.refresh = () => {
    scrolled.set(location.hash, window.scrollY);
    show();
  };

  // Remember how far a view was scrolled, under its address.
  let noting = 0;
  window.addEventListener("scroll", () => {
    if (artbyol.shown !== location.hash) return;
    clearTimeout(noting);
    noting = setTimeout(() => artbyol.shown === location.hash && scrolled.set(location.hash, window.scrollY), 100);
  }, { passive: true });
  document.addEventListener("click", () => scrolled.set(location.hash, window.scrollY), true);
  const reloaded = JSON.parse(artbyol.live ? sessionStorage.getItem("artbyol scroll") : null);
  history.scrollRestoration = "manual";
  window.addEventListener("hashchange", () => artbyol.shown !== location.hash && show());

  function find() {
    if (document.body.dataset.view !== "wall") {
      location.hash = address("wall");
      show();
    }
    document.getElementById("search").focus();
    document.getElementById("search").select();
  }

  function turnLight() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remembered.set("theme", root.dataset.theme);
    artbyol.say(`${dark ? "Light" : "Dark"} colours`);
    document.dispatchEvent(new Event("themed"));
  }

  const KEYS = [
    ["← → ↑ ↓", "from work to work; on the map, move"],
    ["Enter", "open a work"],
    ["Esc", "back to where the work was found; close"],
    ["/", "find"],
    ["+ − 0", "on the map: zoom in, zoom out, show all"],
    [there.map((_, at) => at + 1).join(" "), there.map((name) => views[name].name.toLowerCase()).join(", ")],
    ["d", "light or dark"],
    ["?", "these keys"],
  ];
  const every = () => [...KEYS, ...keys.filter(([, written]) => written).map(([, written, said]) => [written, said])];

  function help() {
    const dialog = el("dialog", { class: "help", "aria-labelledby": "keys" }, el("h2", { id: "keys" }, "Keys"),
      el("dl", {}, every().map(([key, said]) => el("div", {}, el("dt", {}, key), el("dd", {}, said)))),
      el("button", { type: "button", onclick: () => dialog.close() }, "Close"));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  document.getElementById("find").addEventListener("click", find);
  document.getElementById("theme").addEventListener("click", turnLight);
  document.getElementById("help").addEventListener("click", help);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "Escape") {
      if (typing) event.target.blur();
      else if (document.body.dataset.view === "work") location.hash = last;
      else if (REACHED.includes(document.body.dataset.view)) location.hash = listed;
      else return;
    } else if (typing) return;
    else if (event.key === "/") find();
    else if (event.key === "?") help();
    else if (event.key === "d") turnLight();
    else if (/^[1-9]$/.test(event.key) && there[event.key - 1]) location.hash = address(there[event.key - 1]);
    else if (keys.some(([key, , , act]) => key === event.key && act(event) !== false)) event.preventDefault();
    else if (!current.key?.(event)) return;
    event.preventDefault();
  });

  artbyol.marks.begin();
  artbyol.tray.begin();
  artbyol.live?.begin();
  artbyol.granularity.follow();
  artbyol.drop.begin();
  show();
  if (reloaded?.[0] === location.hash) window.scrollTo(0, reloaded[1]);
  if (artbyol.live) sessionStorage.removeItem("artbyol scroll");
})();
