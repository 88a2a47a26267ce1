// The works by their years.
"use strict";

artbyol.views.timeline = (() => {
  const { el, works, year, count, address } = artbyol;

  // Years, decades or centuries: whichever gives a line or two to each.
  function spans(rows) {
    const years = rows.map(year);
    const [first, last] = [Math.min(...years), Math.max(...years)];
    const different = new Set(years).size;
    const length = different <= 24 ? 1 : last - first <= 400 ? 10 : last - first <= 1000 ? 25 : 100;
    const found = new Map();
    for (const row of rows) {
      const start = Math.floor(year(row) / length) * length;
      if (!found.has(start)) found.set(start, []);
      found.get(start).push(row);
    }
    return [...found].sort(([a], [b]) => a - b).map(([start, members]) => ({
      name: length === 1 ? String(start) : length === 10 ? `${start}s` : `${start}–${start + length - 1}`,
      rows: members,
    }));
  }

  function show(host) {
    const rows = [...works().id.keys()].filter((row) => year(row) !== null).sort((a, b) => year(a) - year(b) || a - b);
    const unknown = works().id.length - rows.length;
    host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "Timeline"),
      el("p", {}, `${count(rows.length, "work")} whose year is known`, unknown ? `; of ${count(unknown, "other")} it is not` : "", ".")));
    const sections = spans(rows).map((span) => ({
      rows: span.rows,
      space: 72,
      heading: () => el("h2", {}, span.name, " ", el("span", {}, count(span.rows.length, "work"))),
    }));
    artbyol.sequence = rows;
    const hang = artbyol.justified(host, sections, { label: "Works by year", scale: 0.8 });
    return { key: hang.key, end: hang.end };
  }

  return { name: "Timeline", show, available: () => (works().year || []).filter((one) => one !== null).length > 1, address };
})();
