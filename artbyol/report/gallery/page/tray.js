// The tray: works that were chosen, at the foot of the window, and what can be done with them.
"use strict";

artbyol.tray = (() => {
  const { el, works, rowOf, titled, thumbnail, open, count, remembered, say, extras, keys, address, dock, marks } = artbyol;

  const SHOWN = 40; // pictures in the tray; more are only counted
  const ASKED = 100; // works that can be asked for together
  const place = `tray ${location.pathname}`;
  const chosen = new Set(); // rows, in the order in which they were chosen
  let last = null; // where a shift-click begins
  let folded = true; // the pictures are not shown

  const rows = () => [...chosen];
  const has = (row) => chosen.has(row);

  function add(some) {
    change(some, true);
  }

  function remove(some) {
    change(some, false);
  }

  function toggle(row) {
    change([row], !has(row));
  }

  function change(some, on) {
    const before = chosen.size;
    for (const row of some) {
      if (on) chosen.add(row);
      else chosen.delete(row);
    }
    if (some.length) last = some[some.length - 1];
    if (chosen.size === before) return;
    remembered.set(place, JSON.stringify(rows().map((row) => works().id[row])));
    say(some.length === 1 ? `${titled(some[0])} ${on ? "chosen" : "no longer chosen"}; ${count(chosen.size, "work")} in the tray` : `${count(chosen.size, "work")} in the tray`);
    changed();
  }

  function changed() {
    for (const button of document.querySelectorAll("[data-choose]")) button.setAttribute("aria-pressed", has(Number(button.dataset.choose)));
    document.body.classList.toggle("choosing", chosen.size > 0);
    draw();
    document.dispatchEvent(new Event("tray"));
  }

  // From the work chosen last to this one, in the order in which works are shown.
  function reach(row) {
    const order = artbyol.sequence || [...works().id.keys()];
    const [from, to] = [order.indexOf(last), order.indexOf(row)].sort((a, b) => a - b);
    add(last === null || from < 0 ? [row] : [...order.slice(from, to + 1).filter((one) => one !== row), row]);
  }

  // The mark at the corner of a tile.
  function mark(row) {
    return el("button", { type: "button", class: "mark", tabindex: -1, "data-choose": row, "aria-pressed": String(has(row)), "aria-label": `Choose ${titled(row)}`, onclick(event) {
      if (event.shiftKey) reach(row);
      else toggle(row);
    } });
  }

  function button(row) {
    return el("button", { type: "button", "data-choose": row, "aria-pressed": String(has(row)), title: "Choose ( x )", "aria-label": `Choose ${titled(row)}`, onclick: () => toggle(row) }, "Choose");
  }

  // Ctrl and shift choose wherever a work can be clicked.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#/work/']");
    if (!link || !(event.ctrlKey || event.metaKey || event.shiftKey) || event.button) return;
    const row = rowOf(artbyol.whereabouts(link.getAttribute("href")).argument);
    if (row === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) reach(row);
    else toggle(row);
  }, true);

  keys.push(["x", "x", "choose the work in focus, or leave it out again", () => {
    const row = marks.meant();
    return row === undefined ? false : toggle(row);
  }]);
  keys.push(["X", "Shift x", "choose the works from the one chosen last to this one", () => {
    const row = marks.meant();
    return row === undefined ? false : reach(row);
  }]);
  keys.push(["a", "a", "choose all the works that the wall shows", () => (document.body.dataset.view === "wall" ? add(artbyol.sequence) : false)]);
  keys.push(["t", "t", "to the tray", () => bar.isConnected && bar.querySelector("button").focus()]);

  const bar = el("section", { class: "tray", "aria-label": "Chosen works" });

  const kin = () => address("kin", "", { like: rows().map((row) => works().id[row]).join(",") });

  function draw() {
    if (!chosen.size) return bar.remove();
    const held = bar.contains(document.activeElement) ? document.activeElement.textContent : null;
    const pictures = el("ul", { class: "chosen" }, rows().slice(-SHOWN).reverse().map((row) => el("li", {},
      el("a", { href: open(row), class: "plate", title: titled(row) }, thumbnail(row)),
      el("button", { type: "button", class: "leave", "aria-label": `Leave ${titled(row)} out`, onclick: () => remove([row]) }, "×"))),
      chosen.size > SHOWN ? el("li", { class: "small" }, `and ${(chosen.size - SHOWN).toLocaleString("en")} more`) : null);
    const fold = el("button", { type: "button", class: "fold", "aria-expanded": String(!folded), onclick() {
      folded = !folded;
      draw();
    } }, `${chosen.size.toLocaleString("en")} chosen`);
    bar.replaceChildren(folded ? "" : pictures, el("div", { class: "acts" }, fold,
      artbyol.ask && chosen.size <= ASKED ? el("a", { class: "button", href: kin() }, chosen.size === 1 ? "Its kin" : "Kin of these") : null,
      chosen.size === 2 && artbyol.compare ? el("button", { type: "button", onclick: () => artbyol.compare(...rows()) }, "Compare") : null,
      el("button", { type: "button", onclick: () => marks.star(rows()) }, rows().every(marks.starred) ? "Unstar" : "Star"),
      artbyol.grouping?.available() ? el("button", { type: "button", onclick: () => artbyol.grouping.gather(rows()) }, "Group…") : null,
      artbyol.take ? el("button", { type: "button", onclick: () => artbyol.take(rows()) }, "Take along…") : null,
      el("button", { type: "button", class: "clear", onclick: () => remove(rows()) }, "Clear")));
    if (!bar.isConnected) dock.append(bar);
    if (held) [...bar.querySelectorAll("button, a")].find((one) => one.textContent === held)?.focus();
    return undefined;
  }
  document.addEventListener("marks", draw);
  document.addEventListener("shown", () => {
    folded = true;
    draw();
  });

  extras.tile.push(mark);
  extras.wall.push((filter, left) => (artbyol.filtered && left.length ? el("button", { type: "button", class: "quiet", title: "Choose all these works ( a )", onclick: () => add(left) }, left.length === 1 ? "Choose it" : `Choose these ${left.length.toLocaleString("en")}`) : null));

  function begin() {
    try {
      for (const id of JSON.parse(remembered.get(place) || "[]")) if (rowOf(id) !== undefined) chosen.add(rowOf(id));
    } catch {
      // then none is chosen
    }
    if (chosen.size) changed();
    // The foot of the page is never hidden by the tray.
    new ResizeObserver(() => document.documentElement.style.setProperty("--dock", `${dock.offsetHeight}px`)).observe(dock);
  }

  return { add, remove, toggle, has, rows, button, begin, clear: () => remove(rows()) };
})();
