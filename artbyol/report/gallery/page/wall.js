// All works, or those that a filter leaves.
"use strict";

artbyol.views.wall = (() => {
  const { el, total, groupOf, groupName, address, readdress, count, say, remembered, facets, orders, filter: filters, search } = artbyol;

  const STEP = 1.19; // of the slider: sizes from a third to three times the usual one
  const touch = () => window.matchMedia("(hover: none)").matches;

  function show(view, where) {
    let filter = filters.read(where.query);
    const size = { step: Number(remembered.get("tile size")) || 0, captions: (remembered.get("captions") ?? (touch() ? "1" : "")) === "1" };
    const said = el("p", { class: "count" });
    const nothing = el("p", { class: "nothing" }, "No matches. ", el("a", { href: address("wall") }, "All works"));
    const chips = el("ul", { class: "chips", "aria-label": "Filters in use" });
    const field = el("input", { type: "search", name: "q", id: "search", placeholder: "Find works", "aria-label": "Find works by anything that is written about them", title: "Words, “a phrase”, or column:value", autocomplete: "off", spellcheck: "false", onfocus: () => search.ready(), oninput: () => later((now) => (now.q = field.value.trim())) });
    field.value = filter.q;
    const order = el("select", { name: "order", "aria-label": "Order", onchange: () => change((now) => (now.order = order.value)) }, orders.choices().map(([key, name]) => el("option", { value: key }, name)));
    order.value = filter.order;
    if (order.selectedIndex < 0) order.value = "";
    const slider = el("input", { type: "range", min: -6, max: 6, step: 1, "aria-label": "Size of the pictures", title: "Size of the pictures", oninput() {
      size.step = Number(slider.value);
      remembered.set("tile size", slider.value);
      hang.rescale();
    } });
    slider.value = size.step;
    const captions = el("button", { type: "button", class: "captions", "aria-pressed": String(size.captions), title: "Titles below the pictures", onclick() {
      size.captions = !size.captions;
      captions.setAttribute("aria-pressed", size.captions);
      remembered.set("captions", size.captions ? "1" : "");
      hang.rescale();
    } }, "Titles");
    const panel = artbyol.filterPanel(change);
    const toggle = el("button", { type: "button", "aria-expanded": "false", "aria-controls": "facets", async onclick() {
      panel.host.hidden = !panel.host.hidden;
      toggle.setAttribute("aria-expanded", String(!panel.host.hidden));
      panel.update(filter);
      await facets.ready();
      panel.update(filter);
    } }, "Filter");

    let hang = null;
    let timer = 0;

    function update() {
      const rows = filters.chosen(filter);
      artbyol.sequence = rows;
      hang?.end();
      nothing.remove();
      hang = artbyol.justified(view, sections(rows), { label: "Works", scale: () => STEP ** size.step, captions: () => size.captions });
      if (!rows.length) view.append(nothing);
      said.replaceChildren(rows.length === total() ? count(rows.length, "work") : `${rows.length.toLocaleString("en")} of ${count(total(), "work")}`);
      chips.replaceChildren(...panel.chips(filter), ...artbyol.extra("wall", filter, rows).map((one) => el("li", {}, one)));
      panel.update(filter);
      if (field.value.trim() !== filter.q && document.activeElement !== field) field.value = filter.q;
      return rows;
    }

    // By group, each has its heading.
    function sections(rows) {
      if (filter.order !== "group") return [{ rows }];
      const found = new Map();
      for (const row of rows) found.has(groupOf(row)) ? found.get(groupOf(row)).push(row) : found.set(groupOf(row), [row]);
      return [...found].map(([number, some]) => ({ rows: some, heading: () => el("h2", {}, groupName(number) || "In no group", el("span", {}, count(some.length, "work"))) }));
    }

    async function change(what, done = () => null) {
      what(filter);
      if (filters.needsColumns(filter) && !artbyol.data.columns) await search.ready();
      if (!said.isConnected) return; // another view is shown by now
      readdress("wall", "", filters.written(filter));
      window.scrollTo(0, 0);
      say(`${count(update().length, "work")} shown`);
      done();
    }

    // While somebody types, not at every key.
    function later(what) {
      clearTimeout(timer);
      timer = setTimeout(() => change(what), 120);
    }

    view.append(el("div", { class: "bar" }, el("h1", { class: "unseen", tabindex: -1 }, "Wall"),
      el("form", { class: "filter", role: "search", "aria-label": "Works", onsubmit: (event) => event.preventDefault() }, field, toggle,
        el("label", { class: "order" }, el("span", {}, "Order"), order), el("label", { class: "size" }, slider), captions), said), panel.host, chips);
    update();
    if (filters.needsColumns(filter) && !artbyol.data.columns) search.ready().then(() => said.isConnected && update());
    const starred = () => filter.starred && said.isConnected && update();
    document.addEventListener("marks", starred);
    return {
      key: (event) => hang.key(event),
      end() {
        clearTimeout(timer);
        document.removeEventListener("marks", starred);
        hang.end();
      },
    };
  }

  return { name: "Wall", show, matches: search.matches };
})();
