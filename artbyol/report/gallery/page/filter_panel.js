// What the wall can be filtered by: a panel with every column, and chips for what is chosen.
"use strict";

artbyol.filterPanel = (change) => {
  // change: function of a function that changes the filter.
  const { el, works, facets, combobox, filter: filters } = artbyol;
  const FEW = 8; // values that are all listed
  const SOME = 4; // of many, those listed above the field that finds the others
  const host = el("div", { class: "facets", id: "facets", role: "group", "aria-label": "Filters", hidden: true });
  let boxes = []; // functions that show the present counts
  let made = null;

  const isOn = (filter, key, value) => (filter.picked[key] || []).includes(value);
  function toggle(key, value) {
    change((filter) => {
      const some = filter.picked[key] || [];
      filter.picked[key] = some.includes(value) ? some.filter((one) => one !== value) : [...some, value];
    });
  }

  function box(facet) {
    const all = facets.counts(facet, [...works().id.keys()]);
    const values = [...all.keys()].sort((a, b) => (facet.key === "group" ? a - b || 0 : all.get(b) - all.get(a) || a.localeCompare(b, "en", { numeric: true })));
    if (facet.key === "group" && values[0] === "0") values.push(values.shift());
    const listed = values.slice(0, values.length > FEW ? SOME : FEW);
    let now = all;
    const list = el("ul", {});
    const field = values.length > FEW ? combobox(facet.name, () => values.map((value) => [value, facets.label(facet, value), now.get(value) || 0]).sort((a, b) => (b[2] > 0) - (a[2] > 0)), (value) => toggle(facet.key, value)) : null;
    boxes.push((filter, left) => {
      now = facets.counts(facet, filter.picked[facet.key]?.length ? filters.left(filter, facet.key) : left);
      const held = list.contains(document.activeElement) ? document.activeElement.dataset.value : null;
      const more = (filter.picked[facet.key] || []).filter((value) => !listed.includes(value));
      list.replaceChildren(...[...listed, ...more].map((value) => el("li", {}, el("button", {
        type: "button", "data-value": value, "aria-pressed": String(isOn(filter, facet.key, value)), class: now.get(value) ? "" : "none", onclick: () => toggle(facet.key, value),
      }, el("span", {}, facets.label(facet, value)), el("span", { class: "number" }, (now.get(value) || 0).toLocaleString("en"))))));
      if (held !== null) [...list.querySelectorAll("button")].find((one) => one.dataset.value === held)?.focus();
    });
    return el("section", { "aria-label": facet.name }, el("h2", {}, facet.name, values.length > FEW ? el("span", { class: "number" }, ` ${values.length.toLocaleString("en")}`) : null), list, field);
  }

  function years() {
    const known = (works().year || []).filter((one) => one !== null);
    if (new Set(known).size < 2) return null;
    const [first, last] = known.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, -Infinity]);
    const field = (name, label, hint) => el("input", { type: "number", name, "aria-label": label, placeholder: hint, oninput: (event) => { event.stopPropagation(); change((filter) => (filter[name] = event.target.value.trim())); } });
    const [from, to] = [field("from", "From year", first), field("to", "To year", last)];
    boxes.push((filter) => {
      for (const [input, value] of [[from, filter.from], [to, filter.to]]) if (document.activeElement !== input) input.value = value;
    });
    return el("section", { "aria-label": "Year" }, el("h2", {}, "Year"), el("p", { class: "years" }, from, "–", to));
  }

  function starred() {
    const button = el("button", { type: "button", onclick: () => change((filter) => (filter.starred = filter.starred ? "" : "1")) }, "★ Starred only");
    boxes.push((filter) => button.setAttribute("aria-pressed", String(Boolean(filter.starred))));
    return el("section", { "aria-label": "Stars" }, el("h2", {}, "Stars"), el("ul", {}, el("li", {}, button)));
  }

  // Show what is there, and how many works each value would leave.
  function update(filter) {
    if (host.hidden) return;
    const offered = facets.offered();
    const which = JSON.stringify([offered.map((one) => one.key), artbyol.data.works.groups.map((one) => one.name)]);
    if (made !== which) {
      made = which;
      boxes = [];
      host.replaceChildren(...[...offered.slice(0, 2).map(box), years(), ...offered.slice(2).map(box), artbyol.marks ? starred() : null].filter(Boolean));
    }
    const left = filters.left(filter);
    for (const show of boxes) show(filter, left);
  }

  function chips(filter) {
    const chip = (name, said, undo) => el("li", {}, el("button", { type: "button", class: "filtering", "aria-label": `Remove the filter ${name}: ${said}`, onclick(event) {
      const at = [...event.currentTarget.closest("ul").querySelectorAll("button")].indexOf(event.currentTarget);
      change(undo, () => {
        const left = document.querySelectorAll(".chips button");
        (left[Math.min(at, left.length - 1)] || document.getElementById("search"))?.focus();
      });
    } }, el("span", {}, name, " ", el("b", {}, said)), el("span", { class: "x", "aria-hidden": "true" }, "×")));
    const found = Object.entries(filter.picked).flatMap(([key, some]) => some.map((value) => {
      const facet = facets.find(key);
      return chip(facet?.name || key.replace(/^c\./, ""), facet ? facets.label(facet, value) : value, (now) => (now.picked[key] = now.picked[key].filter((one) => one !== value)));
    }));
    if (filter.from || filter.to) found.push(chip("Year", `${filter.from || "…"} – ${filter.to || "…"}`, (now) => Object.assign(now, { from: "", to: "" })));
    if (filter.starred) found.push(chip("Stars", "starred", (now) => (now.starred = "")));
    if (filter.q) found.push(chip("Words", filter.q, (now) => (now.q = "")));
    if (found.length > 1) found.push(el("li", {}, el("button", { type: "button", class: "quiet", onclick: () => change((now) => Object.assign(now, { q: "", from: "", to: "", starred: "", picked: {} }), () => document.getElementById("search")?.focus()) }, "Clear all")));
    return found;
  }

  return { host, update, chips };
};
