// Stars and notes. With a server they are kept in the collection, otherwise in this browser.
"use strict";

artbyol.marks = (() => {
  const { el, works, total, rowOf, titled, count, remembered, say, extras, keys, whereabouts, address } = artbyol;

  const PAUSE = 1000; // ms without a key, after which a note is kept
  const place = `marks ${location.pathname}`;
  let stars = new Set(); // ids of works
  let notes = {}; // id -> text

  function receive(state) {
    const before = JSON.stringify([[...stars], notes]);
    stars = new Set(state.stars);
    notes = { ...state.notes };
    if (JSON.stringify([[...stars], notes]) !== before) changed();
  }

  function changed() {
    for (const button of document.querySelectorAll("[data-star]")) button.setAttribute("aria-pressed", starred(Number(button.dataset.star)));
    document.dispatchEvent(new Event("marks"));
  }

  async function keep(body) {
    if (artbyol.live) return artbyol.live.change("mark", body);
    remembered.set(place, JSON.stringify({ stars: [...stars], notes }));
    changed();
    return true;
  }

  const starred = (row) => stars.has(works().id[row]);
  const rows = () => [...stars].map(rowOf).filter((row) => row !== undefined).sort((a, b) => a - b);

  function star(some, on = !some.every(starred)) {
    const ids = some.map((row) => works().id[row]);
    if (!artbyol.live) for (const id of ids) stars[on ? "add" : "delete"](id);
    say(`${some.length === 1 ? titled(some[0]) : count(some.length, "work")} ${on ? "starred" : "no longer starred"}`);
    return keep({ [on ? "star" : "unstar"]: ids });
  }

  const note = (row) => notes[works().id[row]] || "";

  function write(row, text) {
    if (text === note(row)) return Promise.resolve(true);
    notes[works().id[row]] = text;
    if (!text) delete notes[works().id[row]];
    return keep({ note: { [works().id[row]]: text } });
  }

  function button(row) {
    return el("button", { type: "button", class: "star", "data-star": row, "aria-pressed": String(starred(row)), title: "Star ( s )", "aria-label": `Star ${titled(row)}`, onclick: () => star([row]) }, "Star");
  }

  // On the view of one work.
  extras.work.push((row) => {
    const field = el("textarea", { rows: 2, "aria-label": `Note on ${titled(row)}`, placeholder: "Write a note", maxlength: 10000, onchange: () => keepNote() && say("Note kept"), oninput() {
      clearTimeout(timer);
      timer = setTimeout(keepNote, PAUSE); // and not only when the field is left
    } });
    let timer = 0;
    const keepNote = () => {
      clearTimeout(timer);
      return write(row, field.value.trim());
    };
    field.value = note(row);
    const where = artbyol.live ? null : el("p", { class: "small" }, "Stars and notes are kept in this browser alone.");
    const receive_ = () => (field.isConnected ? document.activeElement !== field && (field.value = note(row)) : document.removeEventListener("marks", receive_));
    document.addEventListener("marks", receive_);
    return el("div", { class: "marks" }, el("p", { class: "links" }, button(row), artbyol.tray.button(row)), field, where);
  });

  // The work that keys mean: the one in focus, or the one that is shown.
  function meant() {
    const link = document.activeElement?.closest?.("a[href^='#/work/']") || document.activeElement?.closest?.(".item, li")?.querySelector("a[href^='#/work/']");
    const where = whereabouts(link ? link.getAttribute("href") : location.hash);
    return where.view === "work" ? rowOf(where.argument) : undefined;
  }

  keys.push(["s", "s", "star the work in focus", () => {
    const row = meant();
    return row === undefined ? false : star([row]);
  }]);

  function begin() {
    if (!artbyol.live) {
      try {
        const { stars: some = [], notes: told = {} } = JSON.parse(remembered.get(place) || "{}");
        [stars, notes] = [new Set(some), told];
      } catch {
        // what somebody else wrote there counts for nothing
      }
    }
    const link = el("a", { class: "starred", href: address("wall", "", { starred: 1 }), hidden: true });
    document.querySelector(".tools").prepend(link);
    const show = () => {
      const number = rows().length;
      link.hidden = !number;
      link.replaceChildren(el("span", { "aria-hidden": "true" }, `★ ${number}`), el("span", { class: "unseen" }, `${count(number, "work")} starred`));
    };
    document.addEventListener("marks", show);
    show();
  }

  return { receive, starred, rows, star, note, write, button, meant, begin, total };
})();
