// All works, or those that a filter leaves.
"use strict";

artbyol.views.wall = (() => {
  const { el, works, total, column, folder, artist, year, groupOf, titled, data, address, readdress, count, say } = artbyol;

  const FIELDS = ["q", "group", "folder", "artist", "from", "to", "order"];
  let haystack = null;

  // What is searched of a work: everything it is called, without accents or capitals.
  const plainly = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

  function text(row) {
    if (!haystack) haystack = new Array(total());
    haystack[row] ??= plainly([works().name[row], column("title", row), artist(row), year(row) ?? "", ...(column("tags", row) || [])].join(" "));
    return haystack[row];
  }

  function matches(query, limit = Infinity) {
    const words = plainly(query).split(/\s+/).filter(Boolean);
    const found = [];
    for (let row = 0; row < total() && found.length < limit; row += 1) if (words.every((word) => text(row).includes(word))) found.push(row);
    return found;
  }

  function chosen(filter) {
    const group = filter.group === "" ? null : Number(filter.group);
    const from = filter.from === "" ? -Infinity : Number(filter.from);
    const to = filter.to === "" ? Infinity : Number(filter.to);
    const dated = filter.from !== "" || filter.to !== "";
    const kept = matches(filter.q).filter(
      (row) =>
        (group === null || groupOf(row) === group) &&
        (filter.folder === "" || folder(row) === filter.folder || folder(row).startsWith(`${filter.folder}/`)) &&
        (filter.artist === "" || artist(row) === filter.artist) &&
        (!dated || (year(row) !== null && year(row) >= from && year(row) <= to)),
    );
    return ordered(kept, filter.order);
  }

  function ordered(rows, order) {
    if (order === "style") {
      const place = new Int32Array(total());
      data.works.map.order.forEach((row, at) => (place[row] = at));
      return rows.sort((a, b) => place[a] - place[b]);
    }
    if (order === "group") return rows.sort((a, b) => (groupOf(a) || Infinity) - (groupOf(b) || Infinity) || a - b);
    if (order === "year") return rows.sort((a, b) => (year(a) ?? Infinity) - (year(b) ?? Infinity) || a - b);
    if (order === "title") {
      const titles = new Map(rows.map((row) => [row, titled(row)]));
      return rows.sort((a, b) => titles.get(a).localeCompare(titles.get(b)));
    }
    return rows;
  }

  function counted(values) {
    const found = new Map();
    for (const value of values) if (value) found.set(value, (found.get(value) || 0) + 1);
    return [...found].sort(([a], [b]) => a.localeCompare(b)).slice(0, 1000);
  }

  function folders() {
    const every = works().id.flatMap((_, row) => {
      const parts = folder(row).split("/");
      return parts[0] ? parts.map((_, at) => parts.slice(0, at + 1).join("/")) : [];
    });
    return counted(every);
  }

  function select(name, label, choices, value) {
    if (choices.length < 2) return null;
    const field = el("select", { name, "aria-label": label }, choices.map(([key, said]) => el("option", { value: key }, said)));
    field.value = String(value);
    return field;
  }

  function form(filter, changed) {
    const many = (pairs) => pairs.map(([name, number]) => [name, `${name} (${number.toLocaleString("en")})`]);
    const groups = data.works.groups.map((group) => [String(group.number), `${group.name}${group.words.length ? `: ${group.words.slice(0, 2).join(", ")}` : ""}`]);
    const known = (works().year || []).filter((one) => one !== null);
    const orders = [["", "By file name"], ["style", "By style"], ["group", "By group"], ["title", "By title"], ...(known.length ? [["year", "By year"]] : [])];
    const field = (name, label) => {
      const input = el("input", { type: "number", name, "aria-label": label, placeholder: label === "From year" ? Math.min(...known) : Math.max(...known) });
      input.value = filter[name];
      return input;
    };
    const search = el("input", { type: "search", name: "q", id: "search", placeholder: "Find works", "aria-label": "Find works by name, artist, year or tag", autocomplete: "off", spellcheck: "false" });
    search.value = filter.q;
    const more = el("div", { class: "choices" }, [
      groups.length > 1 ? select("group", "Group", [["", "All groups"], ...groups, ...(data.works.about.unassigned ? [["0", "In no group"]] : [])], filter.group) : null,
      folders().length > 1 ? select("folder", "Folder", [["", "All folders"], ...many(folders())], filter.folder) : null,
      works().artist ? select("artist", "Artist", [["", "All artists"], ...many(counted(works().artist))], filter.artist) : null,
      known.length ? el("span", { class: "years" }, field("from", "From year"), "–", field("to", "To year")) : null,
      select("order", "Order", orders, filter.order),
    ]);
    const toggle = el("button", { type: "button", class: "quiet more", "aria-expanded": "false", onclick() {
      const shown = more.classList.toggle("shown");
      toggle.setAttribute("aria-expanded", shown);
    } }, "Filter");
    const form_ = el("form", { class: "filter", role: "search", "aria-label": "Works" }, search, toggle, more);
    const read = () => changed(Object.fromEntries(FIELDS.map((name) => [name, (form_.elements[name]?.value ?? "").trim()])));
    form_.addEventListener("input", read);
    form_.addEventListener("submit", (event) => event.preventDefault());
    return form_;
  }

  function show(view, where) {
    const filter = Object.fromEntries(FIELDS.map((name) => [name, where.query.get(name) || ""]));
    const said = el("p", { class: "count" });
    const nothing = el("p", { class: "nothing" }, "No matches. ", el("a", { href: address("wall") }, "All works"));
    let hang = null;
    let timer = 0;

    function update(now) {
      const rows = chosen(now);
      artbyol.sequence = rows;
      hang?.end();
      nothing.remove();
      hang = artbyol.justified(view, [{ rows }], { label: "Works" });
      if (!rows.length) view.append(nothing);
      said.replaceChildren(rows.length === total() ? count(rows.length, "work") : `${rows.length.toLocaleString("en")} of ${count(total(), "work")}`);
      return rows;
    }

    const changed = (now) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        readdress("wall", "", now);
        window.scrollTo(0, 0);
        say(`${count(update(now).length, "work")} shown`);
      }, 120);
    };
    view.append(el("div", { class: "bar" }, el("h1", { class: "unseen", tabindex: -1 }, "Wall"), form(filter, changed), said));
    update(filter);
    return { key: (event) => hang.key(event), end: () => { clearTimeout(timer); hang.end(); } };
  }

  return { name: "Wall", show, matches };
})();
