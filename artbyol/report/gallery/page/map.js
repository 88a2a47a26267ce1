// The map: works where they belong. Drag, pinch, wheel, keys; the address holds the place.
"use strict";

artbyol.views.map = (() => {
  const { el, data, works, total, rowOf, titled, spoken, open, address, readdress, whereabouts, calm, say, groupOf } = artbyol;

  let kept = null; // tiles outlive the view: coming back finds the map drawn

  function show(host, where) {
    const map = data.works.map;
    const canvas = el("canvas", {
      tabindex: 0, role: "application", "aria-describedby": "map-keys",
      "aria-label": `Map of ${artbyol.count(total(), "work")}; neighbours on the map are neighbours in style`,
    });
    const label = el("div", { class: "map-label", "aria-hidden": "true" });
    const stage = el("div", { class: "stage" }, canvas, label);
    const tools = el("div", { class: "map-tools" },
      el("button", { type: "button", "aria-label": "Zoom in", title: "Zoom in ( + )", onclick: () => zoomBy(1.6) }, "+"),
      el("button", { type: "button", "aria-label": "Zoom out", title: "Zoom out ( − )", onclick: () => zoomBy(1 / 1.6) }, "−"),
      el("button", { type: "button", "aria-label": "The whole map", title: "The whole map ( 0 )", onclick: () => fit() }, "▢"));
    const legend = el("details", { class: "legend" }, el("summary", {}, "Groups"), el("ul", {}, data.works.groups.map((group) =>
      el("li", {}, el("button", { type: "button", "data-group": group.number,
        onpointerenter: () => emphasise(group.number), onpointerleave: () => emphasise(0), onfocus: () => emphasise(group.number), onblur: () => emphasise(0),
        onclick: () => goToGroup(group) }, el("b", {}, group.name), " ", group.words.slice(0, 2).join(", "))))));
    if (window.innerWidth > 900) legend.open = true;
    const trust = map.trustworthiness === null ? "Too few works to say how far the map can be trusted."
      : `Trustworthiness ${map.trustworthiness.toFixed(2)}, continuity ${map.continuity.toFixed(2)}`;
    const note = el("p", { class: "map-note" }, el("a", { href: address("about") , title: "What this means" }, trust));
    host.append(el("h1", { class: "unseen", tabindex: -1 }, "Map"),
      el("p", { class: "unseen", id: "map-keys" }, "Arrow keys move the map, plus and minus zoom, 0 shows all of it, Enter opens the work in the middle."),
      stage, tools, data.works.groups.length > 1 ? legend : null, note);

    const context = canvas.getContext("2d");
    const tiles = kept && kept.count === total() ? kept : (kept = new artbyol.Tiles(() => again()));
    tiles.repaint = () => again();
    let width = 0;
    let height = 0;
    let ratio = 1;
    const view = { scale: 1, left: 0, top: 0 }; // scale: device px of a map of side 1
    let goal = null;
    let frame = 0;
    let hovered = null;
    let marked = rowOf(where.query.get("work"));
    let emphasised = Number(where.query.get("group")) || 0;
    let colours = {};

    function limits() {
      return { least: Math.min(width, height) * 0.6, most: Math.max((320 * ratio) / tiles.side, Math.min(width, height)) };
    }

    function resize() {
      ratio = Math.min(2, window.devicePixelRatio || 1);
      const box = stage.getBoundingClientRect();
      const before = width ? { x: view.left + width / view.scale / 2, y: view.top + height / view.scale / 2 } : null;
      width = Math.max(1, Math.round(box.width * ratio));
      height = Math.max(1, Math.round(box.height * ratio));
      canvas.width = width;
      canvas.height = height;
      const style = getComputedStyle(document.documentElement);
      colours = Object.fromEntries(["paper", "ink", "soft", "line", "accent"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
      if (before) {
        view.left = before.x - width / view.scale / 2;
        view.top = before.y - height / view.scale / 2;
        again();
      }
    }

    const centred = (x, y, scale) => ({ scale, left: x - width / scale / 2, top: y - height / scale / 2 });

    function extent(rows) {
      const xs = rows.map((row) => tiles.x[row]);
      const ys = rows.map((row) => tiles.y[row]);
      const half = tiles.side / 2;
      const low = (values) => values.reduce((a, b) => Math.min(a, b), Infinity) - half;
      const high = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity) + half;
      return [low(xs), low(ys), high(xs), high(ys)];
    }

    // A view of a rectangle, beside the list of groups where that lies open.
    function around([left, top, right, bottom], share = 0.94) {
      const aside = legend.open && width > 900 * ratio ? 250 * ratio : 0;
      const scale = Math.min(limits().most, share * Math.min((width - aside) / (right - left), height / (bottom - top)));
      return centred((left + right) / 2 - aside / 2 / scale, (top + bottom) / 2, scale);
    }

    function everything() {
      const [left, top, right, bottom] = extent([...works().id.keys()]);
      const lines = data.works.groups.flatMap((group) => group.outlines).flat();
      const at = (side) => lines.filter((_, place) => place % 2 === side).map((value) => value / 10000);
      const [xs, ys] = [at(0), at(1)];
      return [xs.reduce((a, b) => Math.min(a, b), left), ys.reduce((a, b) => Math.min(a, b), top), xs.reduce((a, b) => Math.max(a, b), right), ys.reduce((a, b) => Math.max(a, b), bottom)];
    }
    const bounds = everything();
    const whole = () => around(bounds, 0.9);

    function go(to) {
      goal = calm() ? null : to;
      if (!goal) Object.assign(view, to);
      again();
    }
    const fit = () => go(whole());

    function goToGroup(group) {
      emphasised = group.number;
      const lines = group.outlines[0];
      if (lines) {
        const xs = lines.filter((_, at) => at % 2 === 0).map((value) => value / 10000);
        const ys = lines.filter((_, at) => at % 2 === 1).map((value) => value / 10000);
        go(around([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], 0.8));
      } else go(around(extent(group.typical), 0.8));
      say(group.name);
    }

    function emphasise(number) {
      emphasised = number;
      again();
    }

    // Zoom by a factor, the place under (x, y) staying where it is.
    function zoomBy(factor, x = width / 2, y = height / 2, at_once = false) {
      const from = goal || view;
      const { least, most } = limits();
      const scale = Math.max(least, Math.min(most, from.scale * factor));
      const to = { scale, left: from.left + x / from.scale - x / scale, top: from.top + y / from.scale - y / scale };
      if (at_once) {
        goal = null;
        Object.assign(view, held(to));
        again();
      } else go(held(to));
    }

    function moveBy(dx, dy) {
      const from = goal || view;
      go(held({ scale: from.scale, left: from.left + dx / from.scale, top: from.top + dy / from.scale }));
    }

    // The middle of the window never leaves the map.
    function held(to) {
      const [w, h] = [width / to.scale / 2, height / to.scale / 2];
      return { scale: to.scale, left: Math.max(-w, Math.min(1 - w, to.left)), top: Math.max(-h, Math.min(1 - h, to.top)) };
    }

    function again() {
      if (!frame) frame = requestAnimationFrame(paint);
    }

    function paint() {
      frame = 0;
      if (!width) return;
      if (goal) {
        const step = 0.24;
        const scale = view.scale * (goal.scale / view.scale) ** step;
        // Centres move so that the way and the enlargement end together.
        const part = Math.abs(goal.scale - view.scale) > 1e-6 ? (1 / view.scale - 1 / scale) / (1 / view.scale - 1 / goal.scale) : step;
        const near = Math.abs(Math.log(goal.scale / view.scale)) < 0.004 && Math.abs(goal.left - view.left) * view.scale < 0.7 && Math.abs(goal.top - view.top) * view.scale < 0.7;
        if (near) Object.assign(view, goal);
        else Object.assign(view, { scale, left: view.left + (goal.left - view.left) * part, top: view.top + (goal.top - view.top) * part });
        if (near) goal = null;
      }
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = colours.paper;
      context.fillRect(0, 0, width, height);
      context.imageSmoothingQuality = "medium";
      const unfinished = tiles.paint(context, view, width, height, goal ? 5 : 9);
      outlines();
      frames();
      if (goal || unfinished) again();
      else settle();
    }

    function outlines() {
      if (data.works.groups.length < 2) return;
      for (const group of data.works.groups) {
        const strong = group.number === emphasised;
        if (emphasised && !strong) continue;
        context.beginPath();
        for (const line of group.outlines) {
          const n = line.length / 2;
          const x = (at) => (line[2 * (at % n)] / 10000 - view.left) * view.scale;
          const y = (at) => (line[2 * (at % n) + 1] / 10000 - view.top) * view.scale;
          const between = (at) => [(x(at) + x(at + 1)) / 2, (y(at) + y(at + 1)) / 2];
          context.moveTo(...between(0)); // from middle to middle, bent towards the corners: no corner shows
          for (let at = 1; at <= n; at += 1) context.quadraticCurveTo(x(at), y(at), ...between(at));
        }
        context.lineWidth = (strong ? 2 : 1) * ratio;
        context.strokeStyle = strong ? colours.accent : colours.soft;
        context.globalAlpha = strong ? 1 : 0.6;
        context.stroke();
        context.globalAlpha = 1;
      }
      if (tiles.side * view.scale < 150 * ratio) for (const group of data.works.groups) if (!emphasised || group.number === emphasised) name(group);
    }

    function name(group) {
      const line = group.outlines[0];
      if (!line) return;
      let [x, y, n] = [0, 0, line.length / 2];
      let top = Infinity;
      for (let at = 0; at < line.length; at += 2) {
        x += line[at] / n;
        y += line[at + 1] / n;
        top = Math.min(top, line[at + 1]);
      }
      x = (x / 10000 - view.left) * view.scale;
      y = (top / 10000 - view.top) * view.scale - 7 * ratio;
      if (x < 0 || x > width || y < 0 || y > height) return;
      const short = group.name.replace(/^Group (?=\d+$)/, "");
      const text = group.number === emphasised && group.words.length ? `${short}  ${group.words.slice(0, 2).join(", ")}` : short;
      context.font = `${13 * ratio}px system-ui, sans-serif`;
      const across = context.measureText(text).width + 12 * ratio;
      context.fillStyle = colours.paper;
      context.globalAlpha = 0.92;
      context.beginPath();
      context.roundRect(x - across / 2, y - 14 * ratio, across, 20 * ratio, 10 * ratio);
      context.fill();
      context.globalAlpha = 1;
      context.fillStyle = group.number === emphasised ? colours.accent : colours.ink;
      context.textAlign = "center";
      context.fillText(text, x, y);
    }

    function frames() {
      for (const [row, colour] of [[hovered, colours.ink], [marked, colours.accent]]) {
        if (row === null || row === undefined) continue;
        const [w, h] = [0.95 * tiles.wide[row] * tiles.side * view.scale, 0.95 * tiles.high[row] * tiles.side * view.scale];
        context.lineWidth = 2 * ratio;
        context.strokeStyle = colour;
        context.strokeRect((tiles.x[row] - view.left) * view.scale - w / 2 - ratio * 2, (tiles.y[row] - view.top) * view.scale - h / 2 - ratio * 2, w + ratio * 4, h + ratio * 4);
      }
    }

    let settling = 0;
    function settle() {
      clearTimeout(settling);
      settling = setTimeout(() => {
        if (whereabouts().view !== "map") return;
        const at = [view.left + width / view.scale / 2, view.top + height / view.scale / 2].map((value) => value.toFixed(4));
        const magnified = (view.scale / whole().scale).toFixed(2);
        readdress("map", "", { at: [...at, magnified].join("_"), work: marked === undefined || marked === null ? "" : works().id[marked] });
      }, 250);
    }

    function begin() {
      const at = (where.query.get("at") || "").split("_").map(Number);
      if (at.length === 3 && at.every(Number.isFinite) && at[2] > 0) {
        const { least, most } = limits();
        Object.assign(view, held(centred(at[0], at[1], Math.max(least, Math.min(most, at[2] * whole().scale)))));
      } else if (marked !== undefined) Object.assign(view, held(centred(tiles.x[marked], tiles.y[marked], Math.min(limits().most, Math.max(whole().scale, (110 * ratio) / tiles.side)))));
      else Object.assign(view, whole());
      again();
    }

    // The pointer.
    const fingers = new Map();
    let moved = 0;
    const local = (event) => {
      const box = canvas.getBoundingClientRect();
      return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
    };
    const under = (point, near = 0) => tiles.at(view.left + point.x / view.scale, view.top + point.y / view.scale, near / view.scale);

    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, local(event));
      if (fingers.size === 1) moved = 0;
      goal = null;
    });
    canvas.addEventListener("pointermove", (event) => {
      const point = local(event);
      const before = fingers.get(event.pointerId);
      if (!before) return hover(under(point), point);
      if (fingers.size === 1) {
        moved += Math.hypot(point.x - before.x, point.y - before.y);
        if (moved > 4 * ratio) {
          Object.assign(view, held({ scale: view.scale, left: view.left - (point.x - before.x) / view.scale, top: view.top - (point.y - before.y) / view.scale }));
          hover(null);
          canvas.classList.add("dragging");
          again();
        }
      } else {
        const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
        const apart = Math.hypot(point.x - other.x, point.y - other.y);
        const was = Math.hypot(before.x - other.x, before.y - other.y) || 1;
        moved = Infinity;
        Object.assign(view, held({ scale: view.scale, left: view.left - (point.x - before.x) / 2 / view.scale, top: view.top - (point.y - before.y) / 2 / view.scale }));
        zoomBy(apart / was, (point.x + other.x) / 2, (point.y + other.y) / 2, true);
      }
      fingers.set(event.pointerId, point);
      return undefined;
    });
    const lift = (event) => {
      const point = fingers.get(event.pointerId);
      fingers.delete(event.pointerId);
      canvas.classList.remove("dragging");
      if (event.type !== "pointerup" || !point || moved > 4 * ratio) return;
      const row = under(point);
      const small = tiles.side * view.scale < 26 * ratio;
      if (row !== null && !small) location.hash = open(row);
      else zoomBy(2.4, point.x, point.y);
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("pointerleave", () => hover(null));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 18 : 1;
      const point = local(event);
      const fine = Math.abs(event.deltaY * lines) < 40;
      zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.012 : 0.0022)), point.x, point.y, fine);
    }, { passive: false });

    function hover(row, point) {
      if (row === hovered) return;
      hovered = row;
      canvas.style.cursor = row === null ? "" : "pointer";
      label.replaceChildren();
      label.classList.toggle("shown", row !== null);
      if (row !== null) {
        label.append(el("b", {}, titled(row)), el("i", {}, artbyol.byline(row) || artbyol.groupName(groupOf(row))));
        const x = Math.min(point.x / ratio + 14, stage.clientWidth - 230);
        label.style.transform = `translate(${Math.max(8, x)}px, ${Math.min(point.y / ratio + 18, stage.clientHeight - 64)}px)`;
      }
      again();
    }

    function centre(near) {
      const row = tiles.at(view.left + width / view.scale / 2, view.top + height / view.scale / 2, near);
      return row;
    }

    function key(event) {
      const step = Math.min(width, height) * 0.18;
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (moves[event.key]) moveBy(...moves[event.key]);
      else if (event.key === "+" || event.key === "=") zoomBy(1.6);
      else if (event.key === "-" || event.key === "_") zoomBy(1 / 1.6);
      else if (event.key === "0") fit();
      else if (event.key === "Enter" && document.activeElement === canvas) {
        const row = centre(tiles.side * 2);
        if (row !== null) location.hash = open(row);
      } else return false;
      if (moves[event.key] || event.key !== "0") {
        setTimeout(() => {
          const row = centre(tiles.side * 2);
          if (row !== null && document.activeElement === canvas) say(`In the middle: ${spoken(row)}`);
        }, 400);
      }
      return true;
    }

    const watcher = new ResizeObserver(resize);
    resize();
    begin();
    watcher.observe(stage);
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", resize);
    document.addEventListener("themed", resize);
    return {
      key,
      view, tiles, // for tests and measurements
      busy: () => Boolean(frame || goal),
      end() {
        cancelAnimationFrame(frame);
        clearTimeout(settling);
        watcher.disconnect();
        dark.removeEventListener("change", resize);
        document.removeEventListener("themed", resize);
      },
    };
  }

  return { name: "Map", show };
})();
