// A field that finds one of many values: the combobox of WAI-ARIA with a list, by mouse, touch and keyboard.
"use strict";

artbyol.combobox = (label, values, chosen) => {
  // values: function that gives [[value, said, count]]; chosen: function of the value that was picked.
  const { el } = artbyol;
  const { fold } = artbyol.facets;
  const SHOWN = 60; // more are only counted: one types to find them
  const id = `list-${(artbyol.combobox.made = (artbyol.combobox.made || 0) + 1)}`;
  let shown = [];
  let active = -1;

  const list = el("ul", { role: "listbox", id, "aria-label": label, hidden: true });
  const input = el("input", {
    type: "text", role: "combobox", "aria-label": label, "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, autocomplete: "off", spellcheck: "false",
    placeholder: `Find ${label.toLowerCase()}`, oninput: (event) => { event.stopPropagation(); open(); }, onfocus: () => open(), onclick: () => open(), onblur: () => close(),
    onkeydown: (event) => key(event),
  });

  function open() {
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    const found = values().filter(([, said]) => words.every((word) => fold(said).includes(word)));
    shown = found.slice(0, SHOWN);
    list.replaceChildren(...shown.map(([value, said, count], at) => el("li", { role: "option", id: `${id}-${at}`, "aria-selected": "false", onpointerdown: (event) => event.preventDefault(), onclick: () => pick(value) },
      el("span", {}, said), count === undefined ? null : el("span", { class: "number" }, count.toLocaleString("en")))));
    if (found.length > SHOWN) list.append(el("li", { class: "rest", role: "presentation" }, `${(found.length - SHOWN).toLocaleString("en")} more; type to find them`));
    if (!found.length) list.append(el("li", { class: "rest", role: "presentation" }, "No matches"));
    list.hidden = false;
    list.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-expanded", "true");
    mark(words.length && shown.length ? 0 : -1);
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function mark(to) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = to;
    if (to < 0) return input.removeAttribute("aria-activedescendant");
    list.children[to].setAttribute("aria-selected", "true");
    list.children[to].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", `${id}-${to}`);
    return undefined;
  }

  function pick(value) {
    input.value = "";
    close();
    chosen(value);
  }

  function key(event) {
    const closed = list.hidden;
    const last = shown.length - 1;
    const moves = {
      ArrowDown: () => (closed ? open() : mark(active < last ? active + 1 : 0)),
      ArrowUp: () => (closed ? open() : mark(active > 0 ? active - 1 : last)),
      Enter: () => (active >= 0 ? pick(shown[active][0]) : null),
      Escape: () => (closed ? null : close()),
    };
    if (!moves[event.key] || (event.key === "Escape" && closed) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  }

  return el("div", { class: "combobox" }, input, list);
};
