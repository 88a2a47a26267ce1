// The filter of the wall: what was asked for, the works that it leaves, its address.
"use strict";

artbyol.filter = (() => {
  const { year, total, works, facets, search, orders, marks } = artbyol;

  const PLAIN = ["q", "from", "to", "order", "starred"];

  // From an address: words, years, order; and by column the values of which a work has one.
  function read(query) {
    const picked = {};
    for (const key of new Set(query.keys())) if (!PLAIN.includes(key) && (key.startsWith("c.") || ["group", "artist", "tag", "folder"].includes(key))) picked[key] = query.getAll(key).filter(Boolean);
    return { ...Object.fromEntries(PLAIN.map((name) => [name, query.get(name) || ""])), picked };
  }

  const written = ({ picked, ...plain }) => ({ ...plain, ...picked, ...(picked.group?.length ? artbyol.granularity.asked() : {}) });
  const isFiltered = (filter) => Boolean(filter.q || filter.from || filter.to || filter.starred || Object.values(filter.picked).some((some) => some.length));
  const needsColumns = (filter) => Boolean(filter.q || Object.keys(filter.picked).some((key) => key.startsWith("c.")));

  const number = (text, otherwise) => (text === "" || Number.isNaN(Number(text)) ? otherwise : Number(text));

  // Rows that are left in the order of the collection; without what is asked of one column, for its counts.
  function left(filter, but = "") {
    const [from, to] = [number(filter.from, -Infinity), number(filter.to, Infinity)];
    const timed = filter.from !== "" || filter.to !== "";
    const asked = Object.entries(filter.picked).filter(([key, some]) => some.length && key !== but).map(([key, some]) => [facets.find(key), new Set(some)]);
    const rows = filter.q.trim() ? search.matches(filter.q) : [...works().id.keys()];
    return rows.filter((row) =>
      asked.every(([facet, some]) => facet && facet.values(row).some((value) => some.has(value))) &&
      (!timed || but === "year" || (year(row) !== null && year(row) >= from && year(row) <= to)) &&
      (!filter.starred || marks.starred(row)));
  }

  // The works in order. Other views see in `artbyol.filtered` which are left: 1, or 0; null where all are.
  function chosen(filter) {
    const rows = left(filter);
    artbyol.filtered = rows.length === total() ? null : new Uint8Array(total());
    if (artbyol.filtered) for (const row of rows) artbyol.filtered[row] = 1;
    return orders.ordered(rows, filter.order);
  }

  return { read, written, isFiltered, needsColumns, left, chosen };
})();
