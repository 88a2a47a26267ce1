// For ideas: a walk from one work to another, works between the two, works that stand apart, pictures saved twice.
"use strict";

artbyol.views.ideas = (() => {
  const { el, data, works, total, rowOf, titled, thumbnail, open, address, load, count, groupOf } = artbyol;

  let graph = null; // of each work: [neighbour, cost] pairs, both ways

  function neighbourGraph(ideas) {
    if (graph) return graph;
    const n = total();
    const k = n ? ideas.nearest.length / n : 0;
    const links = Array.from({ length: n }, () => new Map());
    for (let row = 0; row < n; row += 1) {
      for (let at = row * k; at < (row + 1) * k; at += 1) {
        const other = ideas.nearest[at];
        if (other < 0) continue;
        // The fourth power of the angle: many small steps are cheaper than one wide one.
        const cost = Math.acos(Math.max(-1, Math.min(1, ideas.cosines[at] / 10000))) ** 4 + 1e-9;
        links[row].set(other, cost);
        links[other].set(row, cost);
      }
    }
    graph = links.map((link) => [...link]);
    return graph;
  }

  // The way of least cost (Dijkstra 1959) with a binary heap; null where none leads there.
  function walk(links, from, to) {
    const cost = new Float64Array(links.length).fill(Infinity);
    const before = new Int32Array(links.length).fill(-1);
    const heap = [[0, from]];
    cost[from] = 0;
    const swap = (a, b) => ([heap[a], heap[b]] = [heap[b], heap[a]]);
    const push = (entry) => {
      heap.push(entry);
      for (let at = heap.length - 1; at > 0; ) {
        const up = (at - 1) >> 1;
        if (heap[up][0] <= heap[at][0]) break;
        swap(at, up);
        at = up;
      }
    };
    const pop = () => {
      const top = heap[0];
      const last = heap.pop();
      if (heap.length) {
        heap[0] = last;
        for (let at = 0; ; ) {
          let least = at;
          for (const down of [2 * at + 1, 2 * at + 2]) if (down < heap.length && heap[down][0] < heap[least][0]) least = down;
          if (least === at) break;
          swap(at, least);
          at = least;
        }
      }
      return top;
    };
    while (heap.length) {
      const [spent, row] = pop();
      if (row === to) break;
      if (spent > cost[row]) continue;
      for (const [other, price] of links[row]) {
        if (spent + price < cost[other]) {
          cost[other] = spent + price;
          before[other] = row;
          push([cost[other], other]);
        }
      }
    }
    if (!Number.isFinite(cost[to])) return null;
    const way = [to];
    while (way[0] !== from) way.unshift(before[way[0]]);
    return way;
  }

  // The angle between any two works.
  function angles({ dimensions, bytes }) {
    const numbers = Int8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    const dot = (a, b) => {
      let sum = 0;
      for (let at = 0; at < dimensions; at += 1) sum += numbers[a * dimensions + at] * numbers[b * dimensions + at];
      return sum;
    };
    return (a, b) => Math.acos(Math.max(-1, Math.min(1, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1))));
  }

  // The works closest to both and in the balance: those whose greater angle, of the angles to the two, is least.
  function between(angle, from, to, ideas, most = 12) {
    const same = new Set([from, to, ...ideas.duplicates.filter((group) => group.includes(from) || group.includes(to)).flat()]);
    const greater = new Map();
    for (let row = 0; row < total(); row += 1) if (!same.has(row)) greater.set(row, Math.max(angle(row, from), angle(row, to)));
    return [...greater].sort((a, b) => a[1] - b[1]).slice(0, most).map(([row]) => row);
  }

  // Two typical works of groups that are far from each other on the map.
  function suggestion() {
    const typical = data.works.groups.map((group) => group.typical[0]).filter((row) => row !== undefined);
    if (typical.length < 2) return [0, total() - 1];
    const from = typical[Math.floor(Math.random() * typical.length)];
    const others = typical.filter((row) => row !== from);
    return [from, others[Math.floor(Math.random() * others.length)]];
  }

  function chooser(name, current, chosen) {
    const field = el("input", { type: "search", "aria-label": `${name}: find a work`, placeholder: titled(current), autocomplete: "off", spellcheck: "false" });
    const found = el("div", { class: "found", role: "group", "aria-label": "Works found" });
    field.addEventListener("input", () => {
      const rows = field.value.trim() ? artbyol.views.wall.matches(field.value, 12) : [];
      found.replaceChildren(...rows.map((row) => el("button", { type: "button", "aria-label": titled(row), title: titled(row), onclick: () => chosen(row) }, thumbnail(row, ""))));
    });
    return el("div", { class: "chooser" }, el("p", {}, name), el("a", { href: open(current), class: "plate" }, thumbnail(current)), field, found);
  }

  function steps(way, cosines) {
    return el("ol", { class: "walk" }, way.map((row, at) => el("li", {}, el("a", { href: open(row), class: "plate", onclick: () => (artbyol.sequence = way) }, thumbnail(row)),
      el("p", {}, titled(row)), at ? el("span", { class: "small", title: "Cosine to the one before" }, cosines(way[at - 1], row)) : el("span", { class: "small" }, artbyol.groupName(groupOf(row))))));
  }

  function shelf(title, said, rows) {
    return rows.length ? el("section", { class: "shelf" }, el("h2", {}, title), el("p", { class: "small" }, said),
      el("div", { class: "plates" }, rows.map((row) => el("a", { href: open(row), class: "plate", title: titled(row), onclick: () => (artbyol.sequence = rows) }, thumbnail(row))))) : null;
  }

  function twice(ideas) {
    const pairs = ideas.duplicates.slice(0, 60);
    const copies = ideas.copies.slice(0, 60);
    if (!pairs.length && !copies.length) return el("section", { class: "shelf" }, el("h2", {}, "Duplicates"), el("p", { class: "small" }, "No duplicates were found."));
    return el("section", { class: "shelf" }, el("h2", {}, "Duplicates"),
      pairs.length ? el("p", { class: "small" }, `${count(ideas.duplicates.length, "picture")} saved at another size or quality; the best version first.`) : null,
      el("div", { class: "pairs" }, pairs.map((pair) => el("div", { class: "plates" }, pair.map((row) => el("a", { href: open(row), class: "plate", title: works().name[row] }, thumbnail(row)))))),
      copies.length ? el("p", { class: "small" }, `${count(ideas.copies.length, "work")} with several identical files.`) : null,
      copies.length ? el("div", { class: "plates" }, copies.map((row) => el("a", { href: open(row), class: "plate", title: titled(row) }, thumbnail(row)))) : null);
  }

  function show(host, where) {
    let [from, to] = [rowOf(where.query.get("from")), rowOf(where.query.get("to"))];
    if (total() > 1) {
      const [some, other] = suggestion();
      from ??= to === some ? other : some;
      to ??= from === other ? some : other;
    }
    host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "Ideas"), el("p", {}, "Walks from one style to another, works between, outliers and duplicates.")));
    let ended = false;
    Promise.all([load("ideas"), load("directions")]).then(([ideas, directions]) => {
      if (ended) return;
      if (total() > 1) host.append(walking(ideas, from, to));
      if (total() > 2) host.append(...[shelf("Between", "Works about equally close to both ends of the walk; the best first.", between(angles(directions), from, to, ideas))].filter(Boolean));
      host.append(...[shelf("Outliers", "Works farthest from their nearest neighbours, the farthest first.", ideas.alone), twice(ideas)].filter(Boolean));
    }).catch((error) => host.append(el("p", { class: "notice" }, error.message, ".")));
    return { end: () => (ended = true) };
  }

  function walking(ideas, from, to) {
    const links = neighbourGraph(ideas);
    const way = walk(links, from, to);
    const cosine = (a, b) => {
      const [, cost] = links[a].find(([other]) => other === b);
      return Math.cos(Math.max(0, cost - 1e-9) ** 0.25).toFixed(2);
    };
    const go = (a, b) => (location.hash = address("ideas", "", { from: works().id[a], to: works().id[b] }));
    return el("section", { class: "shelf", "aria-labelledby": "walk" }, el("h2", { id: "walk" }, "A walk"),
      el("div", { class: "ends" }, chooser("From", from, (row) => go(row, to)), chooser("To", to, (row) => go(from, row)),
        el("p", { class: "links" }, el("button", { type: "button", class: "quiet", onclick: () => go(to, from) }, "Swap"), el("button", { type: "button", class: "quiet", onclick: () => go(...suggestion()) }, "Surprise me"))),
      way ? el("p", { class: "small" }, way.length === 1 ? "Both ends are the same work." : `${count(way.length - 1, "step")} from neighbour to neighbour, as small as possible. Below each work: its cosine to the one before.`) : el("p", { class: "notice" }, "No path of neighbours connects these two works."),
      way ? steps(way, cosine) : null);
  }

  return { name: "Ideas", show, walk, between };
})();
