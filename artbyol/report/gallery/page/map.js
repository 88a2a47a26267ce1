// The map: works where they belong, free or each in a cell of a grid. The address holds the place and the choices.
"use strict";

artbyol.views.map = (() => {
  const { el, data, load, works, total, rowOf, titled, spoken, open, address, readdress, whereabouts, calm, say } = artbyol;

  const kept = new Map(); // tiles outlive the view: coming back finds the map drawn

  // Tiles and regions of the layout for a window of this shape, free or gridded.
  function layoutFor(layouts, aspect, gridded) {
    const away = (one) => Math.abs(Math.log(one.aspect / aspect));
    const chosen = layouts.reduce((a, b) => (away(b) < away(a) ? b : a));
    const key = `${chosen.aspect} ${gridded}`;
    if (!kept.has(key)) {
      const { columns, rows, cells } = chosen.grid;
      const most = Math.max(columns, rows);
      const place = gridded
        ? { x: Float32Array.from(cells, (cell) => ((cell % columns) + 0.5 + (most - columns) / 2) / most), y: Float32Array.from(cells, (cell) => (Math.floor(cell / columns) + 0.5 + (most - rows) / 2) / most), side: 1 / most }
        : { x: Float32Array.from(chosen.x, (value) => value / 10000), y: Float32Array.from(chosen.y, (value) => value / 10000), side: chosen.side / 10000 };
      const tiles = new artbyol.Tiles(place, () => {});
      const half = place.side / 2;
      let [left, top, right, bottom] = [1, 1, 0, 0];
      for (let row = 0; row < total(); row += 1) {
        [left, right] = [Math.min(left, place.x[row] - half), Math.max(right, place.x[row] + half)];
        [top, bottom] = [Math.min(top, place.y[row] - half), Math.max(bottom, place.y[row] + half)];
      }
      kept.set(key, { key, tiles, regions: null, bounds: [left, top, right, bottom], judged: gridded ? chosen.grid : chosen });
    }
    return kept.get(key);
  }

  function show(host, where) {
    const canvas = el("canvas", {
      tabindex: 0, role: "application", "aria-describedby": "map-keys",
      "aria-label": `Map of ${artbyol.count(total(), "work")}; neighbours on the map are neighbours in style`,
    });
    const stage = el("div", { class: "stage" }, canvas);
    host.append(el("h1", { class: "unseen", tabindex: -1 }, "Map"),
      el("p", { class: "unseen", id: "map-keys" }, "Arrow keys move the map, plus and minus zoom, 0 shows all of it, c snaps works to cells, l draws around works to choose them, a chooses all in sight, Enter opens the work in the middle."));
    let map = null;
    let ended = false;
    Promise.all([load("map"), artbyol.facets.ready()]).then(([layouts]) => !ended && (map = draw(host, stage, canvas, where, layouts))).catch((error) => host.append(el("p", { class: "notice" }, error.message, ".")));
    return {
      key: (event) => map?.key(event),
      get view() { return map.view; }, // for tests and measurements
      get tiles() { return map.tiles(); },
      busy: () => !map || map.busy(),
      end() {
        ended = true;
        map?.end();
      },
    };
  }

  function draw(host, stage, canvas, where, layouts) {
    const context = canvas.getContext("2d", { alpha: false });
    const state = { colour: where.query.get("colour") || "", gridded: where.query.get("grid") === "1", spot: 0, unfiltered: false };
    const marked = rowOf(where.query.get("work"));
    let layout = null;
    let emphasised = Number(where.query.get("group")) || 0;
    let hovered = null;
    let line = null; // of the lasso
    let frame = 0;
    let settling = 0;
    let painted = ""; // the view as it was last drawn: one that moves leaves less time to draw tiles
    let colours = {};

    const camera = artbyol.camera(canvas, {
      bounds: () => layout.bounds,
      most: () => Math.max((320 * camera.size.ratio) / layout.tiles.side, Math.min(camera.size.width, camera.size.height)),
      moved: again,
      hover,
      tap,
      drawing: () => tools.lasso(),
      stroke(points, done) {
        line = done ? null : points;
        if (done) choose(artbyol.within(layout.tiles, points));
        again();
      },
    });
    const { view, size } = camera;
    const preview = artbyol.preview(stage);
    const tools = artbyol.mapTools(state, { restyle, regrid, fit: () => camera.go(camera.whole()), zoom: (by) => camera.zoomBy(by), inSight, spot: spotlight });
    host.append(tools.bar, stage, tools.aside);
    const labels = artbyol.labels(stage, goToGroup);

    function relayout() {
      const before = layout;
      layout = layoutFor(layouts, size.width / size.height, state.gridded);
      if (layout === before) return;
      layout.tiles.repaint = again;
      tools.judge(layout.judged);
      if (layout.regions?.groups !== data.works.groups) layout.regions = null;
      if (layout.regions) labels.set(layout.regions.found);
      else {
        labels.set([]);
        setTimeout(() => { // after the works are in sight
          if (data.works.groups.length < 2 || !canvas.isConnected) return;
          const { tiles } = layout;
          layout.regions = new artbyol.Regions(tiles);
          layout.regions.groups = data.works.groups;
          labels.set(layout.regions.found);
          again();
        }, 30);
      }
      restyle();
    }

    function resize() {
      camera.resize();
      const style = getComputedStyle(document.documentElement);
      colours = Object.fromEntries(["paper", "ink", "soft", "line", "accent"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
      const before = layout;
      relayout();
      if (before && before !== layout) Object.assign(view, camera.whole());
      again();
    }

    function regrid() {
      const middle = nearest();
      const magnified = view.scale / camera.whole().scale;
      relayout();
      if (magnified > 1.3 && middle !== null) lookAt(middle, magnified * camera.whole().scale);
      else Object.assign(view, camera.whole());
      again();
      say(state.gridded ? "Every work in a cell of its own" : "Works where they belong");
    }

    // Which works stand back: those that the wall's filter leaves out, and all but one colour's while that is pointed at.
    function restyle() {
      const filtered = state.unfiltered ? null : artbyol.filtered;
      const by = state.colour ? artbyol.colouring.by(state.colour) : null;
      const out = filtered || state.spot ? Uint8Array.from({ length: total() }, (_, row) => (filtered && !filtered[row]) || (state.spot && by && by.numbers[row] !== state.spot) ? 1 : 0) : null;
      layout.tiles.look(by, out);
      tools.legend(by?.legend, filtered ? filtered.reduce((sum, one) => sum + one, 0) : null);
      settle();
    }

    function spotlight(number) {
      state.spot = number;
      restyle();
    }

    function goToGroup(group) {
      emphasised = emphasised === group.number ? 0 : group.number;
      const extent = emphasised && layout.regions?.extent(group.number);
      camera.go(extent ? camera.around(extent, 0.86) : camera.whole());
      say(group.name);
    }

    function lookAt(row, scale) {
      camera.go(camera.held(camera.centred(layout.tiles.x[row], layout.tiles.y[row], camera.allowed(scale))), true);
    }

    function again() {
      if (!frame) frame = requestAnimationFrame(paint);
    }

    function paint() {
      frame = 0;
      if (!size.width || !layout) return;
      const moving = camera.step();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = colours.paper;
      context.fillRect(0, 0, size.width, size.height);
      const place = `${view.left} ${view.top} ${view.scale}`;
      context.imageSmoothingEnabled = place === painted; // half the cost of a frame without a graphics card
      context.imageSmoothingQuality = "low"; // tiles are drawn at seven tenths to one and a half of their size
      const unfinished = layout.tiles.paint(context, view, size.width, size.height, place === painted ? 9 : 4);
      painted = place;
      const closest = layout.tiles.side * view.scale > 150 * size.ratio;
      if (!closest && !state.gridded) layout.regions?.outline(context, view, size.ratio, colours, emphasised);
      labels.place(view, size, closest || Boolean(state.colour) || line);
      frames();
      if (line) artbyol.lassoLine(context, line, view, size, colours.accent);
      if (moving || unfinished) again();
      else settle();
    }

    function frames() {
      const { tiles } = layout;
      for (const [row, colour] of [[hovered, colours.ink], [marked, colours.accent]]) {
        if (row === null || row === undefined) continue;
        const [w, h] = [0.95 * tiles.wide[row] * tiles.side * view.scale, 0.95 * tiles.high[row] * tiles.side * view.scale];
        const edge = 2 * size.ratio;
        context.lineWidth = edge;
        context.strokeStyle = colour;
        context.strokeRect((tiles.x[row] - view.left) * view.scale - w / 2 - edge, (tiles.y[row] - view.top) * view.scale - h / 2 - edge, w + 2 * edge, h + 2 * edge);
      }
    }

    function settle() {
      clearTimeout(settling);
      settling = setTimeout(() => {
        if (whereabouts().view !== "map" || !canvas.isConnected) return;
        const at = [view.left + size.width / view.scale / 2, view.top + size.height / view.scale / 2].map((value) => value.toFixed(4));
        const magnified = (view.scale / camera.whole().scale).toFixed(2);
        readdress("map", "", { at: [...at, magnified].join("_"), work: marked === undefined ? "" : works().id[marked], colour: state.colour, grid: state.gridded ? 1 : "" });
      }, 250);
    }

    function begin() {
      const at = (where.query.get("at") || "").split("_").map(Number);
      if (at.length === 3 && at.every(Number.isFinite) && at[2] > 0) Object.assign(view, camera.held(camera.centred(at[0], at[1], camera.allowed(at[2] * camera.whole().scale))));
      else if (marked !== undefined) lookAt(marked, Math.max(camera.whole().scale, (110 * size.ratio) / layout.tiles.side));
      else Object.assign(view, camera.whole());
      again();
    }

    const under = (point) => layout.tiles.at(...camera.place(point));
    const nearest = () => layout.tiles.at(...camera.place({ x: size.width / 2, y: size.height / 2 }), layout.tiles.side * 2);

    function hover(point, event) {
      if (event.pointerType === "touch") return;
      const row = point ? under(point) : null;
      if (row !== hovered) again();
      hovered = row;
      canvas.style.cursor = tools.lasso() ? "crosshair" : row === null ? "" : "pointer";
      preview.show(row, point && { x: point.x / size.ratio, y: point.y / size.ratio });
    }

    function tap(point, event) {
      const row = under(point);
      const small = layout.tiles.side * view.scale < 12 * size.ratio;
      if (event.pointerType === "touch" && row !== null && !small) { // the first tap shows it, its card opens it
        hovered = row;
        preview.pin(row, { x: point.x / size.ratio, y: point.y / size.ratio });
        return again();
      }
      preview.show(null);
      if (row !== null && !small) location.hash = open(row);
      else camera.zoomBy(2.4, point.x, point.y);
      return undefined;
    }

    // Works in sight, of those that do not stand back.
    function inSight() {
      const { tiles } = layout;
      const [left, top] = camera.place({ x: 0, y: 0 });
      const [right, bottom] = camera.place({ x: size.width, y: size.height });
      choose(tiles.within(left, top, right, bottom).filter((row) => tiles.x[row] > left && tiles.x[row] < right && tiles.y[row] > top && tiles.y[row] < bottom));
    }

    function choose(rows) {
      const some = rows.filter((row) => !layout.tiles.dimmed?.[row]);
      if (some.length) artbyol.tray?.add(some);
      else say("No work there");
    }

    function key(event) {
      if (camera.key(event)) {
        setTimeout(() => {
          const row = canvas.isConnected && nearest();
          if (Number.isInteger(row) && document.activeElement === canvas) say(`In the middle: ${spoken(row)}`);
        }, 400);
      } else if (event.key === "Enter" && document.activeElement === canvas) {
        const row = nearest();
        if (row !== null) location.hash = open(row);
      } else if (event.key === "c" || event.key === "l") tools.press(event.key === "c" ? "grid" : "lasso");
      else if (event.key === "a") inSight();
      else if (event.key === "Escape") preview.show(null);
      else return false;
      return true;
    }

    const regrouped = () => {
      kept.forEach((one) => (one.regions = null));
      layout = null;
      relayout();
      again();
    };
    const watcher = new ResizeObserver(resize);
    resize();
    begin();
    watcher.observe(stage);
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", resize);
    document.addEventListener("themed", resize);
    document.addEventListener("regrouped", regrouped);
    return {
      key, view, tiles: () => layout.tiles,
      busy: () => Boolean(frame || camera.moving() || layout.tiles.loading),
      end() {
        cancelAnimationFrame(frame);
        clearTimeout(settling);
        watcher.disconnect();
        dark.removeEventListener("change", resize);
        document.removeEventListener("themed", resize);
        document.removeEventListener("regrouped", regrouped);
      },
    };
  }

  return { name: "Map", show };
})();
