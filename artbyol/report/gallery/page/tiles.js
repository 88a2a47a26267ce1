// The map's pictures, drawn once into square tiles for each power of two of enlargement: moving the map is then moving
// a few dozen tiles, whether it holds a hundred works or 20,000. Tiles are drawn a few milliseconds at a time.
"use strict";

artbyol.Tiles = class {
  static SIDE = 512;

  // layout: {x, y, side} of works in a square of side 1.
  constructor(layout, repaint) {
    const { works, data, aspect } = artbyol;
    this.repaint = repaint;
    this.map = data.works.map;
    this.count = works().id.length;
    [this.x, this.y, this.side] = [layout.x, layout.y, layout.side];
    this.wide = Float32Array.from(works().id, (_, row) => Math.min(1, aspect(row)));
    this.high = Float32Array.from(works().id, (_, row) => Math.min(1, 1 / aspect(row)));
    this.place = new Int32Array(this.count); // of each work among the cells of the sheets
    this.map.order.forEach((row, at) => (this.place[row] = at));
    this.cells = Object.keys(this.map.cells).map(Number).sort((a, b) => a - b);
    this.images = new Map(); // address -> image
    this.loading = 0; // of these
    this.tiles = new Map(); // "level/x/y" -> tile, the longest unused first
    this.most = 200;
    this.shown = 0; // counts frames
    this.colours = null; // {numbers, legend} as of artbyol.colouring
    this.dimmed = null; // 1 for every row that is to stand back
    this.buckets = this.bucketed();
  }

  // Draw works in other colours, or others dimly; what is drawn stays in sight until the new is whole.
  look(colours, dimmed) {
    [this.colours, this.dimmed] = [colours, dimmed];
    for (const tile of this.tiles.values()) {
      if (tile.rows && tile.next === tile.rows.length) tile.stale = true;
      else [tile.rows, tile.next] = [null, 0];
    }
    this.repaint();
  }

  // Works by the cells of a grid, to find those in a rectangle.
  bucketed() {
    const across = Math.max(1, Math.min(128, Math.round(Math.sqrt(this.count / 4))));
    const buckets = Array.from({ length: across * across }, () => []);
    const cell = (value) => Math.max(0, Math.min(across - 1, Math.floor(value * across)));
    for (let row = 0; row < this.count; row += 1) buckets[cell(this.y[row]) * across + cell(this.x[row])].push(row);
    return { across, buckets, cell };
  }

  within(left, top, right, bottom) {
    const { across, buckets, cell } = this.buckets;
    const half = this.side / 2;
    const found = [];
    for (let y = cell(top - half); y <= cell(bottom + half); y += 1)
      for (let x = cell(left - half); x <= cell(right + half); x += 1)
        for (const row of buckets[y * across + x])
          if (this.x[row] + half > left && this.x[row] - half < right && this.y[row] + half > top && this.y[row] - half < bottom) found.push(row);
    return found.sort((a, b) => a - b);
  }

  // The work at a place, or null; the nearest centre where several lie over one another.
  at(x, y, near = 0) {
    let best = null;
    let least = Infinity;
    for (const row of this.within(x - near, y - near, x + near, y + near)) {
      const dx = Math.abs(this.x[row] - x);
      const dy = Math.abs(this.y[row] - y);
      const inside = dx <= (this.wide[row] * this.side) / 2 && dy <= (this.high[row] * this.side) / 2;
      const away = Math.hypot(dx, dy);
      if ((inside || near) && away < least) [best, least] = [row, away];
    }
    return best;
  }

  image(address, tile) {
    let entry = this.images.get(address);
    if (!entry) {
      const image = new Image();
      entry = { image, ready: false, settled: false, waiting: new Set(), used: 0 };
      image.decoding = "async";
      const arrived = (ready) => {
        [entry.ready, entry.settled] = [ready, true];
        this.loading -= 1;
        for (const waiting of entry.waiting) {
          waiting.missing -= 1;
          // Not for every picture of a tile that arrives: when the last is there, and now and then before.
          if (!waiting.missing || performance.now() - waiting.drawn > 300) waiting.stale = true;
        }
        entry.waiting.clear();
        this.repaint();
      };
      image.onload = () => arrived(true);
      image.onerror = () => arrived(false);
      image.src = address;
      this.loading += 1;
      this.images.set(address, entry);
    }
    entry.used = this.shown;
    if (!entry.settled && !entry.waiting.has(tile)) { // an image may be complete before it is told to be
      entry.waiting.add(tile);
      tile.missing += 1;
    }
    return entry.ready ? entry.image : null;
  }

  // Draw one work, in its colour and dimly where that is so; `size` is the side of its square on the tile.
  draw(context, row, x, y, size, tile) {
    const number = this.colours?.numbers[row] || 0;
    context.globalAlpha = this.dimmed?.[row] ? 0.12 : 1;
    if (number) {
      context.fillStyle = this.colours.legend[number - 1].colour;
      context.fillRect(x - size * 0.48, y - size * 0.48, size * 0.96, size * 0.96);
    }
    if (number && size < 9) return; // too small for a picture within its colour
    this.picture(context, row, x, y, number ? size * 0.8 : size * 0.95, tile); // a seam of ground between those that touch
  }

  // As sharp as what is loaded allows.
  picture(context, row, x, y, size, tile) {
    const { isAbsent, picture, tint } = artbyol;
    const width = size * this.wide[row];
    const height = size * this.high[row];
    const left = x - width / 2;
    const top = y - height / 2;
    if (!isAbsent(row) && size > this.cells[this.cells.length - 1] * 1.1) {
      const image = this.image(picture(row), tile);
      if (image) return context.drawImage(image, left, top, width, height);
    }
    const wanted = this.cells.find((cell) => cell >= size / 1.1) ?? this.cells[this.cells.length - 1];
    for (const cell of [wanted, this.cells[0]]) {
      const columns = Math.floor(this.map.sheet / cell);
      const at = this.place[row] % (columns * columns);
      const sheet = this.map.cells[cell][Math.floor(this.place[row] / (columns * columns))];
      const image = this.image(sheet, tile);
      if (!image) continue;
      const w = Math.max(1, Math.floor(cell * this.wide[row] + 0.5));
      const h = Math.max(1, Math.floor(cell * this.high[row] + 0.5));
      return context.drawImage(image, (at % columns) * cell, Math.floor(at / columns) * cell, w, h, left, top, width, height);
    }
    context.fillStyle = tint(row) || "#9993";
    return context.fillRect(left, top, width, height);
  }

  tile(level, tx, ty) {
    const key = `${level}/${tx}/${ty}`;
    let tile = this.tiles.get(key);
    if (tile) this.tiles.delete(key); // and put last
    else {
      const scale = artbyol.Tiles.SIDE * 2 ** level; // px of a map of side 1
      const span = 1 / 2 ** level;
      tile = { scale, left: tx * span, top: ty * span, rows: null, next: 0, stale: false, missing: 0, drawn: 0, canvas: null, again: null };
    }
    this.tiles.set(key, tile);
    return tile;
  }

  // Draw on at a tile until it is whole or the time is up; whether it is whole.
  work(tile, until) {
    const { SIDE } = artbyol.Tiles;
    if (tile.stale && tile.next === tile.rows?.length) {
      tile.stale = false;
      tile.again = tile.canvas; // shown until the better one is whole
      tile.rows = null;
    }
    if (!tile.rows) {
      const span = SIDE / tile.scale;
      tile.rows = this.within(tile.left, tile.top, tile.left + span, tile.top + span);
      tile.next = 0;
      if (!tile.rows.length) return true;
      tile.canvas = document.createElement("canvas");
      tile.canvas.width = tile.canvas.height = SIDE;
      tile.context = tile.canvas.getContext("2d");
      tile.context.imageSmoothingQuality = "medium";
    }
    while (tile.next < tile.rows.length) {
      const row = tile.rows[tile.next];
      this.draw(tile.context, row, (this.x[row] - tile.left) * tile.scale, (this.y[row] - tile.top) * tile.scale, this.side * tile.scale, tile);
      tile.next += 1;
      if (tile.next % 16 === 0 && performance.now() > until) break;
    }
    tile.context.globalAlpha = 1;
    if (tile.next < tile.rows.length) return false;
    tile.again = null;
    tile.drawn = performance.now();
    return true;
  }

  // Draw what is visible of the map; whether something remains to be drawn better.
  paint(context, view, width, height, budget) {
    const { SIDE } = artbyol.Tiles;
    this.shown += 1;
    const until = performance.now() + budget;
    const level = Math.max(0, Math.round(Math.log2(view.scale / SIDE)));
    const span = 1 / 2 ** level;
    const seen = (edge, limit) => Math.max(0, Math.min(2 ** level - 1, limit(edge / span)));
    const [x0, x1] = [seen(view.left, Math.floor), seen(view.left + width / view.scale, Math.floor)];
    const [y0, y1] = [seen(view.top, Math.floor), seen(view.top + height / view.scale, Math.floor)];
    const wanted = [];
    for (let ty = y0; ty <= y1; ty += 1) for (let tx = x0; tx <= x1; tx += 1) wanted.push([tx, ty]);
    const middle = [(x0 + x1) / 2, (y0 + y1) / 2];
    wanted.sort((a, b) => Math.hypot(a[0] - middle[0], a[1] - middle[1]) - Math.hypot(b[0] - middle[0], b[1] - middle[1]));
    let whole = true;
    for (const [tx, ty] of wanted) {
      const tile = this.tile(level, tx, ty);
      const finished = tile.rows && tile.next === tile.rows.length && !tile.stale;
      if (!finished && !(performance.now() < until && this.work(tile, until))) whole = false;
      const ready = tile.rows && tile.next === tile.rows.length;
      const canvas = ready ? tile.canvas : tile.again;
      const [x, y] = [(tile.left - view.left) * view.scale, (tile.top - view.top) * view.scale];
      const side = span * view.scale;
      if (canvas) context.drawImage(canvas, x, y, side, side);
      else if (!ready) this.coarser(context, level, tx, ty, x, y, side) || (tile.canvas && context.drawImage(tile.canvas, x, y, side, side));
      if (tile.stale) whole = false;
    }
    this.forget();
    return !whole;
  }

  // A part of a whole tile of a lesser enlargement, until this one is drawn.
  coarser(context, level, tx, ty, x, y, side) {
    for (let up = 1; up <= level; up += 1) {
      const tile = this.tiles.get(`${level - up}/${tx >> up}/${ty >> up}`);
      const canvas = tile?.rows && (tile.next === tile.rows.length ? tile.canvas : tile.again);
      if (!canvas) continue;
      const part = artbyol.Tiles.SIDE / 2 ** up;
      const mask = 2 ** up - 1;
      context.drawImage(canvas, (tx & mask) * part, (ty & mask) * part, part, part, x, y, side, side);
      return true;
    }
    return false;
  }

  forget() {
    for (const [key, tile] of this.tiles) {
      if (this.tiles.size <= this.most) break;
      this.tiles.delete(key);
      for (const entry of this.images.values()) entry.waiting.delete(tile);
    }
    // Pictures that were not drawn for some seconds; those of the tiles in sight must not come and go.
    if (this.images.size < 600 || this.shown % 60) return;
    for (const [address, entry] of this.images) if (entry.ready && entry.used < this.shown - 300) this.images.delete(address);
  }
};
