// Works ranked as `artbyol similar` ranks them: by cosine, and in style also by the graph of what is around the query.
"use strict";

const WORKS = 500;
const BRIDGES = 250;
const STEPS = 2048; // to which a cosine's unit is divided where pairs are counted

function unit(vector) {
  let sum = 0;
  for (const one of vector) sum += one * one;
  const length = Math.sqrt(sum) || 1;
  return Float64Array.from(vector, (one) => one / length);
}

// The vectors of one axis: whole numbers of a scale for each work, at length 1.
class Axis {
  constructor({ dimensions, centre, spread: scale, background }, rows, scales) {
    Object.assign(this, { dimensions, centre, scale, rows, scales, background });
    this.works = scales.length;
  }

  // The direction of a vector in this axis's space.
  placed(vector) {
    return unit(this.centre ? vector.map((one, at) => (one - this.centre[at]) / this.scale[at]) : vector);
  }

  row(work) {
    const part = this.rows.subarray(work * this.dimensions, (work + 1) * this.dimensions);
    return Float64Array.from(part, (one) => one * this.scales[work]);
  }

  // To each work.
  cosines(direction) {
    const found = new Float64Array(this.works);
    for (let work = 0, at = 0; work < this.works; work++) {
      let sum = 0;
      for (let k = 0; k < this.dimensions; k++) sum += this.rows[at++] * direction[k];
      found[work] = Math.max(-1, Math.min(1, sum * this.scales[work]));
    }
    return found;
  }

  // The share of the collection's pairs, 0..100, that are less alike than this cosine.
  percentile(cosine) {
    if (!this.background.length) return NaN;
    if (!this.steps) {
      this.steps = this.background.map((value, at) => [value, at / 10]).filter(([value], at, all) => at === 0 || value !== all[at - 1][0]);
    }
    const steps = this.steps;
    if (cosine > steps.at(-1)[0]) return 100;
    if (cosine <= steps[0][0]) return steps[0][1];
    let [low, high] = [0, steps.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (steps[middle][0] <= cosine) low = middle;
      else high = middle;
    }
    const part = (cosine - steps[low][0]) / (steps[high][0] - steps[low][0]);
    return steps[low][1] + part * (steps[high][1] - steps[low][1]);
  }
}

// What several directions have in common, away from others (Rocchio 1971).
function wanted(liked, disliked) {
  const together = (some) => unit(some[0].map((_, at) => some.reduce((sum, one) => sum + one[at], 0) / some.length));
  const direction = together(liked);
  if (!disliked.length) return direction;
  const away = together(disliked);
  return unit(direction.map((one, at) => one - 0.5 * away[at]));
}

// How well works suit a direction, all at length 1: a walker from it along mutual neighbours, and half the cosine.
function graphScores(direction, nearest) {
  const rows = [direction, ...nearest];
  const count = rows.length;
  const cosines = rows.map(() => new Float64Array(count));
  rows.forEach((one, at) => {
    cosines[at][at] = -1;
    for (let other = 0; other < at; other++) {
      let sum = 0;
      for (let k = 0; k < one.length; k++) sum += one[k] * rows[other][k];
      cosines[at][other] = cosines[other][at] = sum;
    }
  });
  const neighbours = Math.max(1, Math.min(30, Math.floor(count / 5)));
  const farthest = cosines.map((row) => Float64Array.from(row).sort()[count - neighbours]);
  const edges = cosines.map((row, at) => row.map((cosine, other) => {
    const mutual = cosine >= Math.max(farthest[at], farthest[other]);
    return mutual && cosine > 0 ? cosine ** 3 : 0;
  }));
  const weight = edges.map((row) => 1 / Math.sqrt(Math.max(row.reduce((sum, one) => sum + one, 0), 1e-12)));
  const there = edges.map((row, at) => Array.from(row, (edge, other) => [other, 0.95 * edge * weight[at] * weight[other]]).filter(([, edge]) => edge));
  let walker = new Float64Array(count);
  walker[0] = 1;
  const reached = Float64Array.from(walker);
  for (let step = 0; step < 20; step++) {
    walker = Float64Array.from(there, (row) => row.reduce((sum, [other, edge]) => sum + edge * walker[other], 0));
    walker.forEach((one, at) => { reached[at] += one; });
  }
  const best = Math.max(reached.subarray(1).reduce((most, one) => Math.max(most, one), 0), 1e-12);
  return nearest.map((_, at) => reached[at + 1] / best + 0.5 * cosines[0][at + 1]);
}

// The works found, nearest first, in the order of the graph; the very nearest stays first.
function ranked(axis, direction, found, bridges) {
  if (found.length < 2) return found;
  const graph = found.slice(0, WORKS - bridges.length);
  const scores = graphScores(direction, [...graph, ...bridges].map((work) => axis.row(work)));
  const order = graph.slice(1).map((work, at) => [work, scores[at + 1]]).sort((a, b) => b[1] - a[1]).map(([work]) => work);
  return [graph[0], ...order, ...found.slice(graph.length)];
}

// How many works are more alike to a direction than chance would have them (`artbyol.search.chance`).
function kinOf({ sample, below, pairs }, cosines, nearest) {
  if (!pairs) return 0;
  const usual = Float64Array.from(sample, (work) => cosines[work]).sort();
  const middle = usual[usual.length >> 1];
  let held = 0;
  nearest.forEach((work, at) => {
    const above = cosines[work] - middle;
    const asFar = Math.max(below[Math.trunc(STEPS * Math.max(0, Math.min(2, above)))] ?? 0, 0.5);
    if (above > 0 && (cosines.length * asFar) / pairs <= 0.1 * (at + 1)) held = at + 1;
  });
  return held;
}

// Which works may be the same picture as one with this spectrum: of the same shape, and of nearly the same light.
function samePicture({ spectrum, strength, size }, marks) {
  const reach = (strong) => (strong > 50 ? Math.min(1, 0.2 + 200 / strong) : -1);
  const shape = Math.log(size[0]) - Math.log(size[1]);
  const found = [];
  for (let work = 0; work < marks.strengths.length; work++) {
    const [width, height] = [marks.widths[work], marks.heights[work]];
    const rounding = 1 / Math.min(width, height) + 1 / Math.min(...size);
    if (Math.abs(Math.log(width) - Math.log(height) - shape) > 0.005 + rounding) continue;
    let far = 0;
    for (let k = 0, at = work * 143; k < 143; k++) far += ((marks.spectra[at + k] - spectrum[k]) / 127) ** 2;
    if (Math.sqrt(far) <= Math.min(reach(strength), reach(marks.strengths[work]))) found.push(work);
  }
  return found;
}
