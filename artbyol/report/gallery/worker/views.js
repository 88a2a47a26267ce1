// What of a picture the network gets to see: the whole work, and crops at the scale of the brush. Decoded by the
// browser, and cut as `artbyol.pictures.views` cuts it.
"use strict";

const SMALLEST = 8; // pixels
const STRIP = 4000000; // pixels read from the browser at a time
const WIDEST = 8192; // pixels of a canvas; of a wider picture several

class Unusable extends Error {}

// A file -> {data, width, height, channels} with this short side, upright, in sRGB over white; `full`: its own size.
async function decoded(file, bytes, shortSide) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Unusable("This browser cannot read that picture. Save it as JPEG or PNG, and try again.");
  }
  try {
    const full = [bitmap.width, bitmap.height];
    if (Math.min(...full) < SMALLEST) throw new Unusable(`A picture of ${full.join(" × ")} pixels is too small to be compared.`);
    const size = reducedSize(full, shortSide);
    // A JPEG is decoded at a half, a quarter or an eighth where that is enough: the mean of so many pixels.
    const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
    const least = Math.min(Math.floor(full[0] / size[0]), Math.floor(full[1] / size[1]));
    const part = jpeg ? [8, 4, 2].find((one) => least >= one) || 1 : 1;
    const gap = (at) => (jpeg ? part : Math.max(1, Math.trunc(full[at] / size[at] / 3)));
    const read = pixelsOf(bitmap, gap(0), gap(1));
    const box = jpeg ? [0, 0, read.width, read.height] : [0, 0, full[0] / gap(0), full[1] / gap(1)];
    const same = read.width === size[0] && read.height === size[1];
    const image = same ? read : resized(read, ...size, BICUBIC, jpeg ? 3 : 0, box);
    return { ...image, full };
  } finally {
    bitmap.close();
  }
}

function reducedSize(full, shortSide) {
  let scale = Math.min(1, shortSide / Math.min(...full));
  const room = Math.max(16000000, 64 * shortSide ** 2);
  scale *= Math.min(1, Math.sqrt(room / (full[0] * full[1] * scale ** 2)));
  return full.map((side) => Math.max(1, evenly(side * scale)));
}

// The nearest whole number; of a half the even one, as Python has it.
function evenly(number) {
  const low = Math.floor(number);
  if (number - low !== 0.5) return Math.round(number);
  return low % 2 ? low + 1 : low;
}

// The pixels that a browser has decoded, over white, as means of so many columns and rows; strip by strip.
function pixelsOf(bitmap, columns, rows) {
  const width = Math.ceil(bitmap.width / columns);
  const height = Math.ceil(bitmap.height / rows);
  const found = { data: new Uint8Array(3 * width * height), width, height, channels: 3 };
  const wide = Math.min(bitmap.width, Math.floor(WIDEST / columns) * columns);
  const high = Math.min(bitmap.height, Math.max(1, Math.floor(STRIP / wide / rows)) * rows);
  const canvas = new OffscreenCanvas(wide, high);
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  for (let top = 0; top < bitmap.height; top += high) {
    for (let left = 0; left < bitmap.width; left += wide) {
      const size = [Math.min(wide, bitmap.width - left), Math.min(high, bitmap.height - top)];
      context.fillStyle = "#fff";
      context.fillRect(0, 0, ...size);
      context.drawImage(bitmap, left, top, ...size, 0, 0, ...size);
      const { data } = context.getImageData(0, 0, ...size);
      const strip = { data: new Uint8Array(3 * size[0] * size[1]), width: size[0], height: size[1], channels: 3 };
      for (let from = 0, to = 0; from < data.length; from += 4) {
        strip.data[to++] = data[from];
        strip.data[to++] = data[from + 1];
        strip.data[to++] = data[from + 2];
      }
      const small = columns * rows > 1 ? reduced(strip, columns, rows) : strip;
      for (let y = 0; y < small.height; y++) {
        const line = small.data.subarray(3 * y * small.width, 3 * (y + 1) * small.width);
        found.data.set(line, 3 * ((top / rows + y) * width + left / columns));
      }
    }
  }
  return found;
}

// Whether the browser gives back the pixels that were drawn: some hide them, so that nobody is told by their machine.
function readsPixels() {
  const canvas = new OffscreenCanvas(16, 16);
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  context.fillStyle = "#336699";
  context.fillRect(0, 0, 16, 16);
  const { data } = context.getImageData(0, 0, 16, 16);
  return data.every((value, at) => Math.abs(value - [0x33, 0x66, 0x99, 255][at % 4]) <= 2);
}

// The whole work and its crops, drawn from the digest of the file's content.
function views(image, seed, plan) {
  const random = twister(seed);
  const crops = Array.from({ length: plan.crops }, (_, number) => crop(image, plan, number % 2, random));
  return { whole: resized(image, ...wholeSize(image, plan), BICUBIC, 2), crops };
}

function wholeSize({ width, height }, plan) {
  if (plan.fixed) return [plan.whole_side, plan.whole_side];
  const stretch = Math.sqrt(Math.min(4, Math.max(1 / 4, width / height)));
  return [plan.whole_side * stretch, plan.whole_side / stretch].map((side) => Math.max(32, evenly(side / 32) * 32));
}

function crop(image, plan, half, random) {
  const { width, height } = image;
  let [left, top, right, bottom] = [0, 0, width, height];
  if (width >= height) [left, right] = [(half * width) / 2, ((half + 1) * width) / 2];
  else [top, bottom] = [(half * height) / 2, ((half + 1) * height) / 2];
  const ratio = Math.exp(random.uniform(Math.log(3 / 4), Math.log(4 / 3)));
  let w = Math.sqrt(plan.area * width * height * ratio);
  let h = Math.sqrt((plan.area * width * height) / ratio);
  const fit = Math.min(1, (right - left) / w, (bottom - top) / h);
  w = Math.min(fit * w, right - left);
  h = Math.min(fit * h, bottom - top);
  const x = random.uniform(left, right - w);
  const y = random.uniform(top, bottom - h);
  const box = [x, y, Math.min(x + w, right), Math.min(y + h, bottom)];
  const cut = resized(image, plan.crop_side, plan.crop_side, BICUBIC, 2, box);
  return random.random() < 0.5 ? mirrored(cut) : cut;
}

function mirrored({ data, width, height, channels }) {
  const found = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      const to = (y * width + width - 1 - x) * channels;
      for (let channel = 0; channel < channels; channel++) found[to + channel] = data[from + channel];
    }
  }
  return { data: found, width, height, channels };
}
