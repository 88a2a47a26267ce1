// The works by their years: how many there are, how fast style changes, where it turns.
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

  // Whether style follows the years, in words; the figures on demand.
  function moved(host, sequence) {
    const { turns, chance: largest, drift, periods, moments } = data.works.timeline;
    const hands = turns.filter((turn) => turn.hands).length;
    const some = hands < turns.length ? `${hands.toLocaleString("en")} of these` : hands === 1 ? "but this" : "but all of these";
    const said = turns.length ? `Style turns ${turns.length === 1 ? "once" : count(turns.length, "time")}${hands ? `; ${some} may be no more than artists who begin or end` : ""}.`
      : largest === null ? "There are too few different years to find turning points."
        : "No turning point beyond what chance gives.";
    const drifts = drift === null ? "" : drift <= 0.05 ? " It drifts with the years as well." : " It does not drift with the years beyond what chance gives.";
    const figures = [drift === null ? null : el("p", {}, `Drift with the years: ${chance(drift)}.`), turns.length || largest === null ? null : el("p", {}, `The largest step: ${chance(largest)}.`),
      el("p", {}, "p is how often the same works in random order would give as much; below 0.05 it is taken for real. For turning points it is corrected for all the years that were tried.")];
    host.append(el("section", { class: "moved" }, el("p", {}, said, drifts),
      artbyol.yearsChart(sequence.map(year), moments, turns),
      turns.length ? el("p", { class: "small explained" }, "A turning point is a year from which style is another than steady drift explains. It need not lie at a peak of the curve: the curve is a mean over some years, and a peak may be a stretch without works.") : null,
      el("details", { class: "figures" }, el("summary", {}, "How sure is that?"), figures),
      turns.map((turn, at) => el("div", { class: turn.hands ? "turn hands" : "turn" },
        el("h2", {}, String(turn.year), turns.length > 1 ? el("span", {}, ` turn ${at + 1} of ${turns.length}`) : null),
        turn.said ? el("p", { class: "hands-said" }, turn.said) : null,
        el("details", { class: "figures" }, el("summary", {}, "How sure is that?"), el("p", {}, `${chance(turn.chance)}. The step explains ${Math.round(100 * turn.share)} % of the variation that steady drift leaves.`)),
        el("div", { class: "sides" }, el("div", {}, el("h3", {}, `Until ${turn.last}`), shelf(turn.before, sequence)), el("div", {}, el("h3", {}, `From ${turn.year}`), shelf(turn.after, sequence))))),
      turns.length ? null : el("div", { class: "periods" }, periods.map((period) => el("div", {},
        el("h3", {}, period.first === period.last ? String(period.first) : `${period.first}–${period.last}`, `, ${count(period.works, "work")}`),
        el("p", { class: "words" }, period.words.join(", ")), shelf(period.typical, sequence))))));
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
