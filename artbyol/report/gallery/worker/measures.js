// What is measured of a picture besides its style, as `artbyol.pictures.measures` measures it: brushwork, palette,
// composition and tone, its dominant colours, and the spectrum by which the same picture is known again.
"use strict";

const linear = (code) => (code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4);
const LINEAR = Float64Array.from({ length: 256 }, (_, code) => linear(code / 255));
const XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]].map((row) => {
  const sum = row[0] + row[1] + row[2];
  return row.map((one) => one / sum);
});
const curve = (relative) => (relative > 216 / 24389 ? Math.cbrt(relative) : relative * (841 / 108) + 4 / 29);

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const spread = (numbers) => {
  const middle = mean(numbers);
  return Math.sqrt(numbers.reduce((sum, one) => sum + (one - middle) ** 2, 0) / numbers.length);
};
const field = (data, width, height) => ({ data, width, height, channels: 1 });
const grid = (light, side, other = side) => resized(light, side, other, BOX);

// Lightness at halving resolutions, and colours at a small one.
function surfaceOf(image) {
  const fine = fitted(image, 384);
  const light = new Float32Array(fine.width * fine.height);
  for (let at = 0; at < light.length; at++) {
    const [red, green, blue] = [0, 1, 2].map((channel) => XYZ[1][channel] * LINEAR[fine.data[3 * at + channel]]);
    light[at] = 116 * curve(Math.trunc(65534 * (red + green + blue)) / 65535) - 16;
  }
  const octaves = [field(light, fine.width, fine.height)];
  while (octaves.length < 5 && Math.min(octaves.at(-1).width, octaves.at(-1).height) >= 16) octaves.push(halved(octaves.at(-1)));
  const small = fitted(fine, 96);
  const lab = [];
  for (let at = 0; at < small.data.length; at += 3) lab.push(labOf(small.data[at], small.data[at + 1], small.data[at + 2]));
  return { octaves, light: octaves[0], lab, width: small.width };
}

function fitted(image, side) {
  const scale = Math.min(1, side / Math.sqrt(image.width * image.height));
  const size = [image.width, image.height].map((length) => Math.max(8, evenly(length * scale)));
  return size[0] === image.width && size[1] === image.height ? image : resized(image, ...size, BOX);
}

function halved({ data, width, height }) {
  const [wide, high] = [Math.floor(width / 2), Math.floor(height / 2)];
  const found = new Float32Array(wide * high);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const at = 2 * y * width + 2 * x;
      found[y * wide + x] = (data[at] + data[at + width] + data[at + 1] + data[at + width + 1]) / 4;
    }
  }
  return field(found, wide, high);
}

function labOf(...codes) {
  const [x, y, z] = XYZ.map((row) => curve(row[0] * LINEAR[codes[0]] + row[1] * LINEAR[codes[1]] + row[2] * LINEAR[codes[2]]));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

// The vector of each axis by its name; `reachable`: the bins of the palette that sRGB can reach.
function measured(image, reachable) {
  const surface = surfaceOf(image);
  return {
    brushwork: brushwork(surface),
    palette: palette(surface, reachable),
    composition: composition(surface),
    tone: tone(surface),
    colours: dominant(surface),
  };
}

function brushwork({ octaves }) {
  const found = new Float64Array(4 * 48);
  octaves.slice(0, 4).forEach((light, row) => {
    const { data, width, height } = light;
    const [wide, high] = [width - 2, height - 2];
    const [xx, yy, xy, slope] = [0, 1, 2, 3].map(() => new Float32Array(wide * high));
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const centre = (y + 1) * width + x + 1;
        const across_ = (data[centre + 1] - data[centre - 1]) / 2;
        const down_ = (data[centre + width] - data[centre - width]) / 2;
        const at = y * wide + x;
        [xx[at], yy[at], xy[at]] = [across_ * across_, down_ * down_, across_ * down_];
        slope[at] = Math.sqrt(xx[at] + yy[at]);
      }
    }
    const usual = Math.max(mean(slope), 1e-3);
    const around = [-width - 1, -width, -width + 1, 1, width + 1, width, width - 1, -1]; // once round the circle
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const centre = (y + 1) * width + x + 1;
        const least = data[centre] + 0.1 * usual;
        let set = 0;
        let turns = 0;
        let before = data[centre + around[7]] > least;
        for (const step of around) {
          const lighter = data[centre + step] > least;
          set += lighter;
          turns += lighter !== before;
          before = lighter;
        }
        const contrast = [0.35, 0.8, 1.6].filter((border) => slope[y * wide + x] > border * usual).length;
        found[48 * row + 4 * (turns <= 2 ? set : 9) + contrast] += 1 / (wide * high);
      }
    }
    const cells = [Math.max(1, Math.floor(wide / 8)), Math.max(1, Math.floor(high / 8))];
    const [gxx, gyy, gxy] = [xx, yy, xy].map((one) => grid(field(one, wide, high), ...cells).data);
    const energies = gxx.map((one, at) => one + gyy[at]);
    const whole = Math.max(energies.reduce((sum, one) => sum + one, 0), 1e-9);
    energies.forEach((energy, at) => {
      const coherence = Math.hypot(gxx[at] - gyy[at], 2 * gxy[at]) / Math.max(energy, 1e-6);
      found[48 * row + 40 + Math.min(7, Math.trunc(8 * coherence))] += energy / whole;
    });
  });
  return found.map(Math.sqrt);
}

function palette({ lab }, reachable) {
  const counts = new Float64Array(8 * 9 * 9);
  for (const [lightness, a, b] of lab) {
    const chroma = Math.hypot(a, b);
    const shrink = Math.log1p(0.045 * chroma) / (0.045 * Math.max(chroma, 1e-6)) / 11;
    const where = [lightness / (100 / 7), a * shrink + 4, b * shrink + 4];
    const below = where.map((one, at) => Math.max(0, Math.min([6, 7, 7][at], Math.trunc(one))));
    const part = where.map((one, at) => Math.max(0, Math.min(1, one - below[at])));
    for (let corner = 0; corner < 8; corner++) {
      const to = [corner >> 2, (corner >> 1) & 1, corner & 1];
      const share = to.reduce((product, one, at) => product * (one ? part[at] : 1 - part[at]), 1);
      counts[((below[0] + to[0]) * 9 + below[1] + to[1]) * 9 + below[2] + to[2]] += share;
    }
  }
  const reached = Float64Array.from(reachable, (bin) => counts[bin]);
  const sum = reached.reduce((total, one) => total + one, 0);
  return reached.map((one) => Math.sqrt(one / sum));
}

function composition({ light }) {
  const places = grid(light, 6).data;
  const middle = mean(places);
  const contrast = Math.sqrt(mean(places.map((one) => (one - middle) ** 2))) + 2;
  return Float64Array.from([...places.map((one) => (one - middle) / contrast), ...lines(grid(light, 96)).map(Math.sqrt), ...symmetries(light)]);
}

function lines({ data, width: side }) {
  const found = new Float64Array(64);
  const step = (low, high, apart) => (data[high] - data[low]) / apart;
  let sum = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = y * side + x;
      const across_ = x === 0 ? step(at, at + 1, 1) : x === side - 1 ? step(at - 1, at, 1) : step(at - 1, at + 1, 2);
      const down_ = y === 0 ? step(at, at + side, 1) : y === side - 1 ? step(at - side, at, 1) : step(at - side, at + side, 2);
      const slope = Math.hypot(across_, down_);
      const turn = ((Math.atan2(down_, across_) + Math.PI) % Math.PI) * (4 / Math.PI);
      const first = Math.min(3, Math.trunc(turn));
      const cell = Math.floor((y * 4) / side) * 4 + Math.floor((x * 4) / side);
      found[first * 16 + cell] += slope * (1 - (turn - first));
      found[((first + 1) % 4) * 16 + cell] += slope * (turn - first);
      sum += slope;
    }
  }
  return found.map((one) => one / Math.max(sum, 1e-9));
}

function symmetries(light) {
  const places = grid(light, 12).data;
  const middle = mean(places);
  const centred = places.map((one) => one - middle);
  const power = mean(centred.map((one) => one * one)) + 1;
  const mirrors = [(y, x) => y * 12 + 11 - x, (y, x) => (11 - y) * 12 + x, (y, x) => (11 - y) * 12 + 11 - x];
  return mirrors.map((of) => mean(centred.map((one, at) => one * centred[of(Math.floor(at / 12), at % 12)])) / power);
}

function tone({ light }) {
  let fine = grid(light, 128);
  const places = grid(fine, 3).data;
  const middle = mean(places);
  const values = new Float64Array(16);
  for (const one of light.data) {
    const place = (evenly(Math.max(0, one) * 2) * 15) / 200;
    for (let at = Math.floor(place); at <= Math.min(15, Math.floor(place) + 1); at++) {
      values[at] += Math.max(0, 1 - Math.abs(place - at)) / light.data.length;
    }
  }
  const contrasts = [64, 32, 16, 8, 4].map((cells) => {
    const coarse = grid(fine, cells);
    const smooth = resized(coarse, 2 * cells, 2 * cells, BICUBIC).data;
    const differences = fine.data.map((one, at) => one - smooth[at]);
    fine = coarse;
    return Math.log(spread(differences) + 0.5);
  });
  return Float64Array.from([...values.map(Math.sqrt), ...contrasts, ...places.map((one) => (one - middle) / 100)]);
}

// At most five colours that come closest to all of a picture, as [hex, share in tenths of a percent]: median cut
// (Heckbert 1982), then k-means. The last digits may differ from those that artbyol itself finds.
function dominant({ lab, width }) {
  const pixels = lab.filter((_, at) => (at % width) % 2 === 0 && Math.floor(at / width) % 2 === 0);
  let boxes = [pixels];
  const extent = (box, channel) => Math.max(...box.map((one) => one[channel])) - Math.min(...box.map((one) => one[channel]));
  const widest = (box) => [0, 1, 2].map((channel) => extent(box, channel)).reduce((best, one, at, all) => (one > all[best] ? at : best), 0);
  while (boxes.length < 5) {
    const next = boxes.filter((box) => extent(box, widest(box)) > 0).sort((a, b) => b.length - a.length)[0];
    if (!next) break;
    const channel = widest(next);
    const sorted = [...next].sort((a, b) => a[channel] - b[channel]);
    boxes = [...boxes.filter((box) => box !== next), sorted.slice(0, sorted.length >> 1), sorted.slice(sorted.length >> 1)];
  }
  const centre = (box) => [0, 1, 2].map((channel) => mean(box.map((one) => one[channel])));
  const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
  for (let round = 0; round < 10; round++) {
    const centres = boxes.map(centre);
    const next = centres.map(() => []);
    for (const one of pixels) {
      let best = 0;
      for (let at = 1; at < centres.length; at++) if (apart(one, centres[at]) < apart(one, centres[best])) best = at;
      next[best].push(one);
    }
    boxes = next.filter((box) => box.length);
  }
  const share = (box) => Math.round((1000 * box.length) / pixels.length);
  return merged(boxes, centre, apart).sort((a, b) => b.length - a.length).map((box) => [hexOf(centre(box)), share(box)]);
}

// The closest two put together as long as they look alike.
function merged(boxes, centre, apart) {
  for (;;) {
    let best = null;
    boxes.forEach((one, first) => boxes.slice(0, first).forEach((other, second) => {
      const far = apart(centre(one), centre(other));
      if (far < 6 && (!best || far < best.far)) best = { far, first, second };
    }));
    if (!best) return boxes;
    const both = [...boxes[best.first], ...boxes[best.second]];
    boxes = [...boxes.filter((_, at) => at !== best.first && at !== best.second), both];
  }
}

function hexOf([lightness, a, b]) {
  const y = (lightness + 16) / 116;
  const xyz = [y + a / 500, y, y - b / 200].map((one) => (one > 6 / 29 ? one ** 3 : (one - 4 / 29) * (108 / 841)));
  const inverse = inverted(XYZ);
  const codes = inverse.map((row) => {
    const light = Math.max(0, Math.min(1, row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2]));
    return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
  });
  return `#${codes.map((code) => code.toString(16).padStart(2, "0")).join("")}`;
}

function inverted([[a, b, c], [d, e, f], [g, h, i]]) {
  const whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e], [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((one) => one / whole));
}

// By what low frequencies of its lightness a picture is known again (`artbyol.pictures.near_duplicates`): the spectrum
// at length 127, its strength, and the picture's own size.
function spectrumOf(image) {
  const grey = new Float32Array(image.width * image.height);
  for (let at = 0; at < grey.length; at++) {
    const [red, green, blue] = [image.data[3 * at], image.data[3 * at + 1], image.data[3 * at + 2]];
    grey[at] = (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16;
  }
  const places = grid(field(grey, image.width, image.height), 48).data;
  const wave = (frequency, place) => Math.cos((Math.PI * frequency * (place + 0.5)) / 48) * Math.sqrt(2 / 48);
  const waves = Array.from({ length: 12 }, (_, one) => Float64Array.from({ length: 48 }, (_, place) => wave(one, place)));
  const rows = waves.map((one) => Float64Array.from({ length: 48 }, (_, x) => one.reduce((sum, at, y) => sum + at * places[48 * y + x], 0)));
  const found = [];
  rows.forEach((row, down_) => waves.forEach((one, across_) => {
    found.push(one.reduce((sum, at, x) => sum + at * row[x], 0) * Math.hypot(down_, across_));
  }));
  found.shift();
  const strength = Math.hypot(...found);
  return { spectrum: found.map((one) => evenly((one * 127) / Math.max(strength, 1e-6))), strength, size: image.full };
}
