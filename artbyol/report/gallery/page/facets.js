// The columns of a collection: artist, folder, tags, group, and whatever people wrote in their table. What they hold is
// loaded when somebody searches or filters.
"use strict";

artbyol.facets = (() => {
  const { data, works, total, column, folder, groupOf, load } = artbyol;

  const LETTERS = { ß: "ss", ø: "o", æ: "ae", œ: "oe", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };

  // Text as it is compared: no capitals, no accents, one kind of dash and of apostrophe.
  function fold(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[ßøæœłđðþı]/g, (letter) => LETTERS[letter]).replace(/[‘’]/g, "'").replace(/[‐-―]/g, "-");
  }

  let ready_ = null;
  let made = null;
  const ready = () => (ready_ ??= load("columns").then(() => (made = null)).catch(() => null));

  function folders(row) {
    const parts = folder(row).split("/");
    return parts[0] ? parts.map((_, at) => parts.slice(0, at + 1).join("/")) : [];
  }

  const some = (value) => (value === undefined || value === null || value === "" ? [] : [value]);

  // What was loaded: each column holds its values once, and of each work the place of its own.
  function loaded({ name: written, values, of }) {
    const name = titled(written);
    const none = [];
    const single = values.map((value) => [value]);
    const value = (row) => (Array.isArray(of[row]) ? of[row].map((at) => values[at]) : of[row] < 0 ? none : single[of[row]]);
    return { key: `c.${written}`, name, values: value, coded: { values, of } };
  }

  // Every column: its key in addresses, its name, and the values of a work, a list of text.
  function columns() {
    made ??= [
      works().artist ? { key: "artist", name: "Artist", values: (row) => some(column("artist", row)) } : null,
      works().tags ? { key: "tag", name: "Tag", values: (row) => column("tags", row) || [] } : null,
      { key: "folder", name: "Folder", values: folders },
      ...(data.columns || []).map(loaded),
    ].filter(Boolean);
    return made;
  }

  // Groups change while one looks, so they are never kept.
  const group = { key: "group", name: "Group", values: (row) => [String(groupOf(row))], label: (value) => groupLabel(value) };

  function groupLabel(number) {
    const found = data.works.groups.find((one) => String(one.number) === number);
    if (!found) return number === "0" ? "In no group" : `Group ${number}`;
    return found.given ? found.name : `${found.number} · ${found.name}`;
  }

  const titled = (name) => `${name[0].toUpperCase()}${name.slice(1)}`;
  const all = () => (data.works.groups.length > 1 || data.works.about.unassigned ? [group, ...columns()] : columns());
  const find = (key) => all().find((one) => one.key === key);
  const label = (facet, value) => (facet.label ? facet.label(value) : value);

  // How many of these works have each value.
  function counts(facet, rows) {
    const found = new Map();
    if (facet.coded) { // 40 columns of 20,000 works: numbers are counted sooner than text
      const { values, of } = facet.coded;
      const tally = new Uint32Array(values.length);
      for (const row of rows) {
        if (Array.isArray(of[row])) for (const at of of[row]) tally[at] += 1;
        else if (of[row] >= 0) tally[of[row]] += 1;
      }
      tally.forEach((number, at) => number && found.set(values[at], number));
      return found;
    }
    for (const row of rows) for (const value of facet.values(row)) found.set(value, (found.get(value) || 0) + 1);
    return found;
  }

  // Columns worth filtering by: with two values or more, and some of them shared.
  let worth_ = null;
  function worth() {
    if (worth_?.of === made && made) return worth_.found;
    const every = [...works().id.keys()];
    const found = columns().filter((facet) => {
      const values = counts(facet, every);
      const most = Math.max(0, ...values.values());
      return (values.size > 1 && most > 1) || (values.size === 1 && most < total());
    });
    worth_ = { of: made, found };
    return found;
  }
  const offered = () => (all()[0] === group ? [group, ...worth()] : worth());

  return { ready, columns, all, find, label, counts, offered, fold };
})();
