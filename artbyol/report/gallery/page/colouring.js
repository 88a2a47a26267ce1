// Colours that tell works apart on the map: by group, artist, year or any other column. The palettes can be told apart
// with any kind of colour vision: Okabe and Ito (2008) for kinds, cividis (Nuñez, Anderton and Renslow 2018) for years.
"use strict";

artbyol.colouring = (() => {
  const { data, works, total, year, folder, artist, groupOf, groupName } = artbyol;

  const KINDS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"];
  const OTHERS = "#8c8c8c";
  const YEARS = ["#00224e", "#2a3f6d", "#575d6d", "#7d7c78", "#a69d75", "#d3c164", "#fee838"];

  // What can be coloured by: [key, name, function of a row that gives a value, "" for none].
  function choices() {
    const plain = [
      data.works.groups.length > 1 ? ["group", "Group", (row) => (groupOf(row) ? groupName(groupOf(row)) : "")] : null,
      works().artist ? ["artist", "Artist", artist] : null,
      ["folder", "Folder", (row) => folder(row).split("/")[0]],
    ];
    const more = artbyol.facets.all().filter(({ key }) => !["artist", "group", "folder"].includes(key));
    const found = [...plain.filter(Boolean), ...more.map(({ key, name, values }) => [key, name, (row) => values(row)[0] ?? ""])];
    const several = found.filter(([, , of]) => { // two values or more, and one that works share
      const seen = new Set();
      let known = 0;
      for (let row = 0; row < total(); row += 1) if (of(row) !== "") [known] = [known + 1, seen.add(of(row))];
      return seen.size > 1 && seen.size < known;
    });
    const years = (works().year || []).filter((one) => one !== null);
    if (new Set(years).size > 1) several.splice(2, 0, ["year", "Year", null]);
    return several;
  }

  // Of each row the number of its colour, 0 for none, and the legend: [{name, colour, rows, kind}] by that number less 1.
  function by(key) {
    const choice = choices().find(([one]) => one === key);
    if (!choice) return null;
    return key === "year" ? byYear() : byKind(choice[2]);
  }

  function byKind(of) {
    const counts = new Map();
    for (let row = 0; row < total(); row += 1) if (of(row) !== "") counts.set(of(row), (counts.get(of(row)) || 0) + 1);
    const first = [...counts].sort((a, b) => b[1] - a[1] || String(a[0]).localeCompare(String(b[0])));
    const legend = first.slice(0, KINDS.length).map(([name, rows], at) => ({ name: String(name), colour: KINDS[at], rows }));
    const rest = first.slice(KINDS.length);
    if (rest.length) legend.push({ name: rest.length === 1 ? String(rest[0][0]) : artbyol.count(rest.length, "other"), colour: OTHERS, rows: rest.reduce((sum, [, rows]) => sum + rows, 0) });
    const number = new Map(first.map(([name], at) => [name, Math.min(at, KINDS.length) + 1]));
    return { numbers: Uint8Array.from({ length: total() }, (_, row) => number.get(of(row)) || 0), legend };
  }

  // Seven spans of years with about as many works each.
  function byYear() {
    const known = (works().year || []).filter((one) => one !== null).sort((a, b) => a - b);
    const ends = [...new Set(YEARS.map((_, at) => known[Math.min(known.length - 1, Math.ceil(((at + 1) * known.length) / YEARS.length) - 1)]))];
    const colour = (at) => YEARS[ends.length > 1 ? Math.round((at * (YEARS.length - 1)) / (ends.length - 1)) : 3];
    const legend = ends.map((end, at) => ({ first: at ? known.find((one) => one > ends[at - 1]) : known[0], last: end, colour: colour(at), rows: 0 }));
    const numbers = Uint8Array.from({ length: total() }, (_, row) => {
      const one = year(row);
      if (one === null) return 0;
      const at = ends.findIndex((end) => one <= end);
      legend[at].rows += 1;
      return at + 1;
    });
    for (const part of legend) part.name = part.first === part.last ? String(part.first) : `${part.first}–${part.last}`;
    return { numbers, legend };
  }

  return { choices, by };
})();
