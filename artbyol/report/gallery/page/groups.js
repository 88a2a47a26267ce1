// The groups: the works that stand for each, what sets it apart, its colours, and what hardly belongs.
"use strict";

artbyol.views.groups = (() => {
  const { el, data, works, groupOf, thumbnail, open, address, palette, count, titled } = artbyol;

  const AT_ONCE = 24; // groups; more come as one scrolls, since hundreds of pictures are slow to lay out

  function plate(row, sequence) {
    return el("a", { href: open(row), class: "plate", title: titled(row), onclick: () => (artbyol.sequence = sequence) }, thumbnail(row));
  }

  function members(number) {
    return [...works().id.keys()].filter((row) => groupOf(row) === number);
  }

  function section(group, number) {
    const rows = members(group.number);
    const see = address("wall", "", { group: group.number });
    return el("section", { class: "group", "aria-labelledby": `group-${number}` },
      el("header", {},
        el("h2", { id: `group-${number}` }, el("a", { href: see }, group.name)),
        el("p", { class: "words" }, group.description),
        group.colours.length ? palette(group.colours, `Colours: ${group.name}`) : null,
        el("dl", { class: "facts" },
          el("div", {}, el("dt", {}, "Works"), el("dd", {}, rows.length.toLocaleString("en"))),
          group.cohesion === null ? null : el("div", { title: "Mean cosine of its works to the group's centre; 1: all the same" }, el("dt", {}, "Cohesion"), el("dd", {}, group.cohesion.toFixed(2)))),
        el("p", { class: "links" }, el("a", { href: see }, "All its works"), el("a", { href: address("map", "", { group: group.number }) }, "On the map"), artbyol.grouping.controls(group))),
      el("div", { class: "plates", role: "group", "aria-label": `Most typical: ${group.name}` }, group.typical.map((row) => plate(row, rows))),
      group.outliers.length ? el("div", { class: "apart" },
        el("h3", {}, group.outliers.length > 8 ? `Outliers (8 of ${group.outliers.length})` : "Outliers"),
        el("div", { class: "plates small" }, group.outliers.slice(0, 8).map((row) => plate(row, rows)))) : null);
  }

  function show(host) {
    const { groups, about } = data.works;
    host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, count(groups.length, "group")),
      el("p", {}, `Found by ${artbyol.method()}; ${about.criterion}. Most typical works first; words compare a group with the other works of this collection.`), artbyol.extra("groups")));
    const end = el("div", { class: "end" });
    host.append(end);
    let shown = 0;
    const more = () => {
      for (const group of groups.slice(shown, shown + AT_ONCE)) end.before(section(group, group.number));
      shown = Math.min(groups.length, shown + AT_ONCE);
      if (shown === groups.length) watcher.disconnect();
    };
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && more(), { rootMargin: "600px" });
    watcher.observe(end);
    more();
    if (about.unassigned) host.append(el("p", { class: "notice" }, el("a", { href: address("wall", "", { group: 0 }) }, count(about.unassigned, "work")), " in no group."));
    return { end: () => watcher.disconnect() };
  }

  return { name: "Groups", show };
})();
