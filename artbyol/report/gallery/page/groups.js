// The groups: the works that stand for each, what sets it apart, its colours, and what hardly belongs.
"use strict";

artbyol.views.groups = (() => {
  const { el, data, works, groupOf, address, palette, count, granularity, shelf } = artbyol;

  const AT_ONCE = 24; // groups; more come as one scrolls, since hundreds of pictures are slow to lay out
  const APART = 12; // least typical works that are shown

  function members() {
    const found = new Map();
    works().group.forEach((number, row) => found.has(number) ? found.get(number).push(row) : found.set(number, [row]));
    return found;
  }

  // What is said of a group besides its title.
  function more(group) {
    const title = group.given ? "" : group.name.toLowerCase();
    const said = group.description.toLowerCase().startsWith(title) ? group.description.slice(title.length).replace(/^, /, "") : group.description;
    return said ? `${said[0].toUpperCase()}${said.slice(1)}` : "";
  }

  function section(group, rows) {
    const see = address("wall", "", { group: group.number, ...granularity.asked() });
    const id = `group-${group.number}`;
    const numbered = `Group ${group.number}`;
    return el("section", { class: "group", "aria-labelledby": id },
      el("header", {},
        el("p", { class: "over" }, group.name === numbered ? null : `${numbered} · `, count(rows.length, "work"),
          group.cohesion === null ? null : el("span", { title: "Mean cosine of its works to the group's centre; 1: all the same" }, ` · cohesion ${group.cohesion.toFixed(2)}`)),
        el("h2", { id }, el("a", { href: see }, group.name)),
        el("p", { class: "words" }, more(group)),
        group.note ? el("p", { class: "note" }, group.note) : null,
        group.colours.length ? palette(group.colours, `Colours: ${group.name}`) : null,
        el("p", { class: "links" }, el("a", { href: see }, "All its works"), el("a", { href: address("map", "", { group: group.number, ...granularity.asked() }) }, "On the map"), artbyol.grouping?.controls(group))),
      el("div", { class: "shelves" },
        shelf(group.typical, `Most typical: ${group.name}`, { height: (width) => (width < 560 ? 116 : width < 1500 ? 170 : 210), few: rows.length <= group.typical.length, sequence: rows }),
        group.outliers.length ? el("div", { class: "apart" },
          el("h3", {}, "Least typical"),
          shelf(group.outliers.slice(0, APART), `Least typical: ${group.name}`, { height: (width) => (width < 560 ? 64 : 84), few: true, sequence: rows })) : null));
  }

  function show(host) {
    const { groups, about } = data.works;
    const rows = members();
    host.append(el("div", { class: "intro wide" }, el("div", {}, el("h1", { tabindex: -1 }, count(groups.length, "group")),
      el("p", {}, "Works that are alike in style, the most typical first. What is said of a group compares it with the rest of the collection.")),
    el("div", { class: "finer" }, granularity.control("groups"), artbyol.extra("groups"))));
    const end = el("div", { class: "end" });
    host.append(end);
    let shown = 0;
    const some = () => {
      for (const group of groups.slice(shown, shown + AT_ONCE)) end.before(section(group, rows.get(group.number) || []));
      shown = Math.min(groups.length, shown + AT_ONCE);
      if (shown === groups.length) watcher.disconnect();
    };
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && some(), { rootMargin: "600px" });
    watcher.observe(end);
    some();
    if (about.unassigned) host.append(el("p", { class: "notice" }, el("a", { href: address("wall", "", { group: 0 }) }, count(about.unassigned, "work")), " in no group."));
    return { end: () => watcher.disconnect() };
  }

  return { name: "Groups", show };
})();
