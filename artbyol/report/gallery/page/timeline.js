// The works by their years.
"use strict";

artbyol.views.timeline = (() => {
  const { el, data, works, year, count, thumbnail, open, titled } = artbyol;

  // Years, decades or centuries: the shortest that gives each a few works.
  function spans(rows) {
    const many = (length) => new Set(rows.map((row) => Math.floor(year(row) / length))).size;
    const length = [1, 5, 10, 25, 50, 100].find((one) => many(one) <= Math.max(12, rows.length / 8)) ?? 250;
    const found = new Map();
    for (const row of rows) {
      const start = Math.floor(year(row) / length) * length;
      if (!found.has(start)) found.set(start, []);
      found.get(start).push(row);
    }
    return [...found].sort(([a], [b]) => a - b).map(([start, members]) => ({
      name: length === 1 ? String(start) : length === 10 && start % 100 ? `${start}s` : `${start}–${start + length - 1}`,
      rows: members,
    }));
  }

  const shelf = (rows, sequence) => el("div", { class: "plates small" }, rows.map((row) => el("a", { href: open(row), class: "plate", title: titled(row), onclick: () => (artbyol.sequence = sequence) }, thumbnail(row))));
  const chance = (p) => `p = ${p < 0.01 ? p.toFixed(3) : p.toFixed(2)}`;

  // Where style turns, and how fast it goes.
  function moved(host, sequence) {
    const { turns, chance: largest, drift, periods, moments } = data.works.timeline;
    const said = turns.length ? `${count(turns.length, "turning point")}.`
      : largest === null ? "There are too few different years to find turning points."
        : `No turning point beyond what chance gives (${chance(largest)}).`;
    const drifts = drift === null ? "" : drift <= 0.05 ? ` Style drifts with the years (${chance(drift)}).` : ` No drift with the years beyond what chance gives (${chance(drift)}).`;
    host.append(el("section", { class: "moved" }, el("p", {}, said, drifts), moments.length > 2 ? speed(moments, turns) : null,
      turns.map((turn) => el("div", { class: "turn" },
        el("h2", {}, String(turn.year), " ", el("span", {}, `${chance(turn.chance)}; explains ${Math.round(100 * turn.share)} % of the variation that steady drift leaves`)),
        el("div", { class: "sides" }, el("div", {}, el("h3", {}, `Until ${turn.last}`), shelf(turn.before, sequence)), el("div", {}, el("h3", {}, `From ${turn.year}`), shelf(turn.after, sequence))))),
      turns.length ? null : el("div", { class: "periods" }, periods.map((period) => el("div", {},
        el("h3", {}, period.first === period.last ? String(period.first) : `${period.first}–${period.last}`, `, ${count(period.works, "work")}`),
        el("p", { class: "words" }, period.words.join(", ")), shelf(period.typical, sequence))))));
  }

  // Degrees per ten years by which the mean style turns; the shade: what the same works in any order would give.
  function speed(moments, turns) {
    const [first, last] = [moments[0][0], moments[moments.length - 1][0]];
    const most = Math.max(...moments.map(([, fast, by_chance]) => Math.max(fast, by_chance))) || 1;
    const x = (at) => (1000 * (at - first)) / (last - first || 1);
    const y = (value) => 118 - (110 * value) / most;
    const svg = (tag, attributes) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      return node;
    };
    const line = (column) => moments.map((moment) => `${x(moment[0]).toFixed(1)},${y(moment[column]).toFixed(1)}`).join(" ");
    const chart = svg("svg", { viewBox: "0 0 1000 120", preserveAspectRatio: "none", role: "img", "aria-label": `How fast style changes from ${Math.round(first)} to ${Math.round(last)}: at most ${most.toFixed(0)} degrees in ten years` });
    chart.append(svg("polygon", { class: "chance", points: `0,118 ${line(2)} 1000,118` }), svg("polyline", { class: "speed", points: line(1) }),
      ...turns.map((turn) => svg("line", { class: "mark", x1: x(turn.year), x2: x(turn.year), y1: 0, y2: 118 })));
    return el("figure", { class: "chart" }, chart, el("div", { class: "ends small" }, el("span", {}, String(Math.round(first))), el("span", {}, String(Math.round(last)))),
      el("figcaption", { class: "small" }, "How fast the mean style changes, by year. Shaded: what the same works in random order give, 95 times in 100."));
  }

  function show(host) {
    const rows = [...works().id.keys()].filter((row) => year(row) !== null).sort((a, b) => year(a) - year(b) || a - b);
    const unknown = works().id.length - rows.length;
    host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "Timeline"),
      el("p", {}, `${count(rows.length, "work")} whose year is known`, unknown ? `; ${count(unknown, "other")} without a year` : "", ".")));
    moved(host, rows);
    const sections = spans(rows).map((span) => ({
      rows: span.rows,
      space: 72,
      heading: () => el("h2", {}, span.name, " ", el("span", {}, count(span.rows.length, "work"))),
    }));
    artbyol.sequence = rows;
    const hang = artbyol.justified(host, sections, { label: "Works by year", scale: 0.8 });
    return { key: hang.key, end: hang.end };
  }

  return { name: "Timeline", show, available: () => (works().year || []).filter((one) => one !== null).length > 1 };
})();
