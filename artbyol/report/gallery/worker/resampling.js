// Pictures made smaller as Pillow makes them, to the last bit: its box filter by whole numbers, and its resampling.
// A picture is {data, width, height, channels}: bytes are rounded between the two passes, floats are not.
"use strict";

const BOX = { support: 0.5, of: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
const BICUBIC = { // Keys 1981, a = -0.5
  support: 2,
  of(x) {
    const far = Math.abs(x);
    if (far < 1) return (1.5 * far - 2.5) * far * far + 1;
    return far < 2 ? (((far - 5) * far + 8) * far - 4) * -0.5 : 0;
  },
};

const ONE = 1 << 22; // weights of bytes are whole numbers of this part

// Which pixels along one side make each of `size`, from where on and with what weights.
function weights(length, from, to, size, filter, whole) {
  const scale = Math.fround(to - from) / size;
  const wide = Math.max(1, scale);
  const support = filter.support * wide;
  return Array.from({ length: size }, (_, at) => {
    const centre = from + (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(length, Math.trunc(centre + support + 0.5));
    const found = new Float64Array(last - first).map((_, near) => filter.of((near + first - centre + 0.5) / wide));
    let sum = 0;
    for (const weight of found) sum += weight;
    for (let near = 0; near < found.length; near++) {
      if (sum !== 0) found[near] /= sum;
      if (whole) found[near] = Math.trunc(found[near] * ONE + (found[near] < 0 ? -0.5 : 0.5));
    }
    return { first, found };
  });
}

const byte = (sum) => Math.max(0, Math.min(255, Math.floor((sum + ONE / 2) / ONE)));

function across(image, from, to, width, filter) {
  const { data, height, channels } = image;
  const bytes = data instanceof Uint8Array;
  const found = new data.constructor(width * height * channels);
  const every = weights(image.width, from, to, width, filter, bytes);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, found: parts } = every[x];
      for (let channel = 0; channel < channels; channel++) {
        let at = (y * image.width + first) * channels + channel;
        let sum = 0;
        for (let near = 0; near < parts.length; near++, at += channels) sum += parts[near] * data[at];
        found[(y * width + x) * channels + channel] = bytes ? byte(sum) : sum;
      }
    }
  }
  return { data: found, width, height, channels };
}

function down(image, from, to, height, filter) {
  const { data, width, channels } = image;
  const bytes = data instanceof Uint8Array;
  const line = width * channels;
  const found = new data.constructor(line * height);
  const sums = new Float64Array(line);
  weights(image.height, from, to, height, filter, bytes).forEach(({ first, found: parts }, y) => {
    sums.fill(0);
    for (let near = 0; near < parts.length; near++) {
      const start = (first + near) * line;
      for (let x = 0; x < line; x++) sums[x] += parts[near] * data[start + x];
    }
    for (let x = 0; x < line; x++) found[y * line + x] = bytes ? byte(sums[x]) : sums[x];
  });
  return { data: found, width, height, channels };
}

// Means of `columns` by `rows` pixels, of a part of a picture that begins and ends at whole pixels.
function reduced(image, columns, rows, [left, top, right, bottom] = [0, 0, image.width, image.height]) {
  const { data, channels } = image;
  const width = Math.ceil((right - left) / columns);
  const height = Math.ceil((bottom - top) / rows);
  const found = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const y0 = top + y * rows;
    const y1 = Math.min(bottom, y0 + rows);
    for (let x = 0; x < width; x++) {
      const x0 = left + x * columns;
      const x1 = Math.min(right, x0 + columns);
      const count = (y1 - y0) * (x1 - x0);
      for (let channel = 0; channel < channels; channel++) {
        let sum = count >> 1;
        for (let line = y0; line < y1; line++) {
          for (let at = (line * image.width + x0) * channels + channel, k = x0; k < x1; k++, at += channels) sum += data[at];
        }
        found[(y * width + x) * channels + channel] = Math.floor(sum / count);
      }
    }
  }
  return { data: found, width, height, channels };
}

// A part of a picture at another size; by whole numbers first, down to `gap` times that size.
function resized(image, width, height, filter, gap = 0, part = [0, 0, image.width, image.height]) {
  let box = part;
  if (gap) {
    const columns = Math.max(1, Math.trunc((box[2] - box[0]) / width / gap));
    const rows = Math.max(1, Math.trunc((box[3] - box[1]) / height / gap));
    if (columns > 1 || rows > 1) {
      const x = (filter.support - 0.5) * ((box[2] - box[0]) / width);
      const y = (filter.support - 0.5) * ((box[3] - box[1]) / height);
      const around = [
        Math.max(0, Math.trunc(box[0] - x)), Math.max(0, Math.trunc(box[1] - y)),
        Math.min(image.width, Math.ceil(box[2] + x)), Math.min(image.height, Math.ceil(box[3] + y)),
      ];
      image = reduced(image, columns, rows, around);
      box = [
        (box[0] - around[0]) / columns, (box[1] - around[1]) / rows,
        (box[2] - around[0]) / columns, (box[3] - around[1]) / rows,
      ];
    }
  }
  box = box.map(Math.fround);
  if (width !== image.width || box[0] !== 0 || box[2] !== width) image = across(image, box[0], box[2], width, filter);
  if (height !== image.height || box[1] !== 0 || box[3] !== height) image = down(image, box[1], box[3], height, filter);
  return image;
}
