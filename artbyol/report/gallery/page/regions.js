// Regions of groups on the map: where the works of one group are dense and in the majority, with a label inside each.
"use strict";

artbyol.Regions = class {
  static REACH = 0.9; // standard deviation of a work's influence, in sides of works
  static DENSE = 0.55; // of the influence in the middle of a single work

  constructor(tiles) {
    const { data, total, groupOf } = artbyol;
    this.tiles = tiles;
    this.step = Math.min(Math.max(1 / 260, tiles.side / 3), 1 / 100); // of the grid on which influence is summed
    this.sigma = (artbyol.Regions.REACH * tiles.side) / this.step;
    this.margin = Math.ceil(3 * this.sigma) + 2;
    this.across = Math.ceil(1 / this.step) + 1 + 2 * this.margin;
    const members = new Map(data.works.groups.map((group) => [group.number, []]));
    for (let row = 0; row < total(); row += 1) members.get(groupOf(row))?.push(row);
    const everyone = this.influence([...Array(total()).keys()]);
    this.found = data.works.groups.map((group) => this.region(group, members.get(group.number), everyone)).sort((a, b) => b.rows.length - a.rows.length);
  }

  // How much works reach each cell of the grid, a Gaussian around each (three passes of a box come close to one).
  influence(rows) {
    const { across, margin, step, sigma, tiles } = this;
    let field = new Float32Array(across * across);
    for (const row of rows) field[(Math.round(tiles.y[row] / step) + margin) * across + Math.round(tiles.x[row] / step) + margin] += 2 * Math.PI * sigma ** 2;
    const half = Math.max(1, Math.round((Math.sqrt(4 * sigma ** 2 + 1) - 1) / 2));
    let other = new Float32Array(across * across);
    for (let pass = 0; pass < 3; pass += 1) {
      for (const [along, beside] of [[1, across], [across, 1]]) {
        for (let line = 0; line < across; line += 1) {
          let sum = 0;
          for (let at = 0; at < across + half; at += 1) {
            if (at < across) sum += field[line * beside + at * along];
            if (at > 2 * half) sum -= field[line * beside + (at - 2 * half - 1) * along];
            if (at >= half) other[line * beside + (at - half) * along] = sum / (2 * half + 1);
          }
        }
        [field, other] = [other, field];
      }
    }
    return field;
  }

  region(group, rows, everyone) {
    const own = this.influence(rows);
    const field = own.map((value, at) => Math.min(value - artbyol.Regions.DENSE, value - everyone[at] / 2));
    const lines = this.lines(field).filter((line) => artbyol.Regions.area(line) >= 1.5 * this.tiles.side ** 2).sort((a, b) => artbyol.Regions.area(b) - artbyol.Regions.area(a));
    let best = 0;
    for (let at = 1; at < own.length; at += 1) if (Math.min(own[at], field[at] * 4) > Math.min(own[best], field[best] * 4)) best = at;
    const place = (value) => (value - this.margin) * this.step;
    return { group, rows, lines, x: place(best % this.across), y: place(Math.floor(best / this.across)) };
  }

  // Closed lines where a field is 0 (marching squares): [x, y, x, y, …] on the map.
  lines(field) {
    const { across, margin, step } = this;
    const next = new Map(); // edge -> edge, the field above 0 on the left
    const point = new Map(); // edge -> place
    const edge = (a, b) => {
      const key = Math.min(a, b) * 2 + (Math.abs(a - b) === 1 ? 0 : 1);
      if (!point.has(key)) {
        const share = field[a] / (field[a] - field[b]);
        const [ax, ay] = [a % across, Math.floor(a / across)];
        const [bx, by] = [b % across, Math.floor(b / across)];
        point.set(key, [(ax + (bx - ax) * share - margin) * step, (ay + (by - ay) * share - margin) * step]);
      }
      return key;
    };
    for (let y = 0; y < across - 1; y += 1) {
      for (let x = 0; x < across - 1; x += 1) {
        const at = y * across + x;
        const corners = [at, at + 1, at + across + 1, at + across];
        const inside = corners.map((corner) => field[corner] > 0);
        if (inside[0] === inside[1] && inside[1] === inside[2] && inside[2] === inside[3]) continue;
        const enters = [];
        const leaves = [];
        for (let side = 0; side < 4; side += 1) {
          const other = (side + 1) % 4;
          if (inside[side] === inside[other]) continue;
          (inside[side] ? leaves : enters).push(edge(corners[side], corners[other]));
        }
        leaves.forEach((from, number) => next.set(from, enters[number]));
      }
    }
    const found = [];
    while (next.size) {
      const line = [];
      let [at] = next.keys();
      while (next.has(at)) {
        line.push(...point.get(at));
        const to = next.get(at);
        next.delete(at);
        at = to;
      }
      found.push(Float32Array.from(line));
    }
    return found;
  }

  static area(line) {
    let sum = 0;
    const n = line.length;
    for (let at = 0; at < n; at += 2) sum += line[at] * line[(at + 3) % n] - line[(at + 2) % n] * line[at + 1];
    return Math.abs(sum) / 2;
  }

  // [left, top, right, bottom] of a group's largest region, or of its works.
  extent(group) {
    const one = this.found.find((region) => region.group.number === group);
    const half = this.tiles.side / 2;
    const line = one?.lines[0] || (one?.rows || []).flatMap((row) => [this.tiles.x[row] - half, this.tiles.y[row] - half, this.tiles.x[row] + half, this.tiles.y[row] + half]);
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let at = 0; at < line.length; at += 2) {
      [left, right] = [Math.min(left, line[at]), Math.max(right, line[at])];
      [top, bottom] = [Math.min(top, line[at + 1]), Math.max(bottom, line[at + 1])];
    }
    return line.length ? [left, top, right, bottom] : null;
  }

  outline(context, view, ratio, colours, emphasised) {
    for (const { group, lines } of this.found) {
      const strong = group.number === emphasised;
      if (emphasised && !strong) continue;
      context.beginPath();
      for (const line of lines) {
        const n = line.length / 2;
        const x = (at) => (line[2 * (at % n)] - view.left) * view.scale;
        const y = (at) => (line[2 * (at % n) + 1] - view.top) * view.scale;
        context.moveTo((x(0) + x(1)) / 2, (y(0) + y(1)) / 2); // from middle to middle, bent towards the corners: no corner shows
        for (let at = 1; at <= n; at += 1) context.quadraticCurveTo(x(at), y(at), (x(at) + x(at + 1)) / 2, (y(at) + y(at + 1)) / 2);
      }
      context.lineWidth = (strong ? 2.5 : 1) * ratio;
      context.strokeStyle = strong ? colours.accent : colours.soft;
      context.globalAlpha = strong ? 1 : 0.55;
      context.stroke();
      context.globalAlpha = 1;
    }
  }
};
