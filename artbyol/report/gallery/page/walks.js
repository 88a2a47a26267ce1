// A walk from one work to another through the collection, and works between the two.
"use strict";

artbyol.views.walks = (() => {
  const { el, data, works, total, rowOf, titled, byline, thumbnail, open, address, load, count, groupOf, groupName } = artbyol;

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

  // One end of the walk; a click on it lets another be chosen.
  function end(name, row, chosen) {
    return el("div", { class: "chooser" },
      el("button", { type: "button", class: "plate", "aria-label": `${name}: ${titled(row)}. Choose another`, onclick: () => choose(name, chosen) }, thumbnail(row, "")),
      el("p", {}, el("b", {}, `${name}: `), el("a", { href: open(row) }, titled(row))),
      el("button", { type: "button", class: "quiet", "aria-label": `${name}: choose another`, onclick: () => choose(name, chosen) }, "Choose another"));
  }

  // Works to pick an end from by a click: those chosen in the tray, the typical ones of every group, and any by its name.
  function choose(name, chosen) {
    const tile = (row) => el("button", { type: "button", class: "plate", "aria-label": titled(row), title: titled(row), onclick() {
      dialog.close();
      chosen(row);
    } }, thumbnail(row, ""));
    const shelf = (title, rows) => (rows.length ? el("section", {}, el("h3", {}, title), el("div", { class: "plates small" }, rows.map(tile))) : null);
    const each = Math.max(3, Math.round(120 / Math.max(1, data.works.groups.length)));
    const standing = () => [shelf("In the tray", artbyol.tray?.rows().slice(0, 60) || []),
      ...(data.works.groups.length ? data.works.groups.map((group) => shelf(group.name, [...new Set([...group.typical, ...group.outliers])].slice(0, each))) : [shelf("Works", [...works().id.keys()].slice(0, 120))])].filter(Boolean);
    const found = el("div", { class: "walk-found" }, standing());
    const field = el("input", { type: "search", "aria-label": "Find a work", placeholder: "Find a work", autocomplete: "off", spellcheck: "false", oninput() {
      const rows = field.value.trim() ? artbyol.views.wall.matches(field.value, 60) : null;
      found.replaceChildren(...(rows === null ? standing() : rows.length ? [shelf(rows.length < 60 ? count(rows.length, "work") : "The first 60", rows)] : [el("p", { class: "notice" }, "No work is called that.")]));
    } });
    const dialog = el("dialog", { class: "walk-picker", "aria-label": `${name} of the walk` }, el("div", { class: "walk-picker-head" }, el("h2", {}, name), field,
      el("button", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×")), found);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  function steps(way, cosines) {
    return el("ol", { class: "walk" }, way.map((row, at) => el("li", {}, el("a", { href: open(row), class: "plate", onclick: () => (artbyol.sequence = way) }, thumbnail(row)),
      el("p", {}, titled(row)), el("span", { class: "small", title: at ? "Cosine to the one before" : null }, at ? cosines(way[at - 1], row) : groupName(groupOf(row))))));
  }

  function show(host, where) {
    let [from, to] = [rowOf(where.query.get("from")), rowOf(where.query.get("to"))];
    if (total() > 1) {
      const [some, other] = suggestion();
      from ??= to === some ? other : some;
      to ??= from === other ? some : other;
    }
    host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "Walks"),
      el("p", {}, total() > 1 ? "From one work to another through the collection, each step to a neighbour in style. Choose the ends by a click." : "There is no other work to walk to.")));
    let ended = false;
    if (total() > 1) Promise.all([load("ideas"), load("directions")]).then(([ideas, directions]) => {
      if (ended) return;
      host.append(walking(ideas, from, to));
      const rows = total() > 2 ? between(angles(directions), from, to, ideas) : [];
      if (rows.length) host.append(el("section", { class: "shelf" }, el("h2", {}, "Between"), el("p", { class: "small" }, "Works about equally close to both ends of the walk; the best first."),
        el("div", { class: "plates" }, rows.map((row) => el("a", { href: open(row), class: "plate", title: titled(row), onclick: () => (artbyol.sequence = rows) }, thumbnail(row))))));
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
    const go = (a, b) => (location.hash = address("walks", "", { from: works().id[a], to: works().id[b] }));
    const slides = () => way.map((row) => ({ row, title: titled(row), said: byline(row) || groupName(groupOf(row)) }));
    return el("section", { class: "shelf", "aria-label": "A walk" },
      el("div", { class: "walk-ends" }, end("Start", from, (row) => go(row, to)), end("End", to, (row) => go(from, row)),
        el("p", { class: "links" }, way && way.length > 1 ? el("button", { type: "button", class: "play", onclick: () => artbyol.slides(slides(), "A walk") }, "▶ Play") : null,
          el("button", { type: "button", onclick: () => go(to, from) }, "Swap"), el("button", { type: "button", onclick: () => go(...suggestion()) }, "Surprise me"),
          way && artbyol.tray ? el("button", { type: "button", onclick: () => artbyol.tray.add(way) }, "Choose its works") : null)),
      way ? el("p", { class: "small" }, way.length === 1 ? "Both ends are the same work." : `${count(way.length - 1, "step")} from neighbour to neighbour, as small as possible. Below each work: its cosine to the one before.`) : el("p", { class: "notice" }, "No path of neighbours connects these two works."),
      way ? steps(way, cosine) : null);
  }

  return { name: "Walks", show, walk, between };
})();
