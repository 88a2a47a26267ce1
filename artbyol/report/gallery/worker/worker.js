// Beside the page, so that it stays quick: knows the vectors of all works, and reads a picture as artbyol reads it.
"use strict";

const axes = {}; // by name
const uploads = []; // what is known of each picture that was brought
const known = { chance: null, marks: null, ids: [], reachable: [] };
let engine = null; // {wasm, graph, layers, plan, side}
let running = null; // a promise of the network

// Numbers from a script: base64 of what gzip has packed.
async function unpacked(text, Kind = Uint8Array) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Kind(await new Response(stream).arrayBuffer());
}

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text); // many times as fast, where a browser has it
  const letters = atob(text);
  const found = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) found[at] = letters.charCodeAt(at);
  return found;
}

const TAKEN = {
  async vectors({ ids, axis, chance, marks }) {
    axes.style = await axisOf(axis, Int16Array);
    known.ids = ids;
    known.chance = { ...chance, below: await unpacked(chance.below, Int32Array) };
    known.marks = { ...marks, spectra: await unpacked(marks.spectra, Int8Array), strengths: await unpacked(marks.strengths, Float32Array) };
  },
  async axes({ reachable, ...others }) {
    known.reachable = reachable;
    for (const [name, axis] of Object.entries(others)) axes[name] = await axisOf(axis, Int8Array);
  },
  async network({ graph, layers, ...settings }) {
    const numbers = async ({ shape, weights: of, bias }) => ({ shape, weights: await unpacked(of, Float32Array), bias: await unpacked(bias, Float32Array) });
    engine = { ...settings, graph: await unpacked(graph), layers: await Promise.all(layers.map(numbers)) };
  },
  async engine({ wasm }) {
    engine.wasm = await unpacked(wasm);
  },
};

async function axisOf(axis, Kind) {
  return new Axis(axis, await unpacked(axis.rows, Kind), await unpacked(axis.scales, Float32Array));
}

async function network() {
  running ??= (async () => {
    if (!readsPixels()) throw new Unusable("This browser hides the pixels of pictures from pages (its protection from fingerprinting); allow this page to read them, or use another browser.");
    ort.env.wasm.numThreads = 1; // more would need headers that a folder cannot send
    ort.env.wasm.wasmBinary = engine.wasm.buffer;
    const session = await ort.InferenceSession.create(engine.graph, { executionProviders: ["wasm"], enableMemPattern: false });
    engine.wasm = engine.graph = null;
    return session;
  })();
  return running;
}

// A file -> what is known of its picture; one of the collection's own is recognised by its content.
async function read(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const digest = blake2b(bytes, 16);
  const hex = Array.from(digest, (one) => one.toString(16).padStart(2, "0")).join("");
  const work = known.ids.findIndex((id) => hex.startsWith(id));
  const image = await decoded(file, bytes, engine.side);
  const [width, height] = image.full;
  const found = { work, width, height };
  const { colours, ...numbers } = measured(image, known.reachable);
  if (work < 0) {
    found.directions = { style: axes.style.placed(await styleOf(views(image, digest, engine.plan))) };
    for (const name of Object.keys(axes)) if (name !== "style") found.directions[name] = axes[name].placed(numbers[name]);
    found.same = samePicture(spectrumOf(image), known.marks);
  }
  found.colours = colours;
  return found;
}

// The style vector of a picture: the direction of the whole, and the mean direction of its crops.
async function styleOf({ whole, crops }) {
  const [of] = await features([whole]);
  const direction = unit(projected(of));
  if (!crops.length) return direction;
  const parts = [];
  for (let at = 0; at < crops.length; at += 4) parts.push(...(await features(crops.slice(at, at + 4))));
  const directions = parts.map((one) => unit(projected(one)));
  return unit(direction.map((one, at) => one + directions.reduce((sum, other) => sum + other[at], 0) / directions.length));
}

async function features(some) {
  const { width, height } = some[0];
  const pixels = new Uint8Array(some.length * 3 * width * height);
  some.forEach((one, at) => pixels.set(one.data, at * 3 * width * height));
  const session = await network();
  const { features: found } = await session.run({ views: new ort.Tensor("uint8", pixels, [some.length, height, width, 3]) });
  const count = found.data.length / some.length;
  const rows = some.map((_, at) => Float64Array.from(found.data.subarray(at * count, (at + 1) * count)));
  found.dispose();
  return rows;
}

// What training learnt on top of the network: a linear map, and a bend beside a straight path.
function projected(numbers) {
  if (!engine.layers.length) return numbers;
  const [linear_, straight, first, second] = engine.layers;
  const placed = applied(linear_, numbers);
  const bend = applied(second, applied(first, placed).map((one) => Math.max(0, one)));
  return applied(straight, placed).map((one, at) => one + bend[at]);
}

function applied({ shape: [from, to], weights: of, bias }, numbers) {
  const found = Float64Array.from(bias);
  for (let row = 0; row < from; row++) {
    const number = numbers[row];
    if (number) for (let at = 0; at < to; at++) found[at] += number * of[row * to + at];
  }
  return found;
}

// What `artbyol similar` answers. `like`, `unlike`: {work} or {upload}; `origins`: of each work where it is from, or null.
function ask({ like, unlike, by, origins, k }) {
  const liked = like.map(subject);
  const disliked = unlike.map(subject);
  if (!axes[by]) throw new Unusable(`Nothing was measured on the axis ${by}.`);
  const direction = {};
  for (const [name, axis] of Object.entries(axes)) direction[name] = wanted(liked.map((one) => one.of(name, axis)), disliked.map((one) => one.of(name, axis)));
  const axis = axes[by];
  const cosines = axis.cosines(direction[by]);
  const again = new Set(liked.flatMap((one) => one.same));
  const from = new Set(origins ? liked.flatMap((one) => (one.work === undefined ? [] : origins[one.work])) : []);
  const aside = (work) => Boolean(origins) && origins[work].some((one) => from.has(one));
  const falling = Array.from(cosines, (_, work) => work).sort((a, b) => cosines[b] - cosines[a] || a - b);
  const others = falling.filter((work) => !again.has(work));
  let found = others.filter((work) => !aside(work)).slice(0, by === "style" ? Math.max(k, WORKS) : k);
  const single = by === "style" && liked.length === 1 && !disliked.length;
  const kin = single ? kinOf(known.chance, cosines, found) : null;
  if (by === "style") {
    const bridges = from.size ? others.slice(0, BRIDGES).filter(aside) : [];
    found = ranked(axis, direction.style, found, bridges);
  }
  const every = ["style", "brushwork", "palette", "composition", "tone"];
  const share = (name, work) => {
    const percentile = axes[name] ? axes[name].percentile(dot(axes[name].row(work), direction[name])) : NaN;
    return Number.isNaN(percentile) ? null : evenly(10 * percentile);
  };
  const near = found.slice(0, k).map((work) => [work, ...every.map((name) => share(name, work))]);
  return { by, kin, near, same: [...again], colours: liked.length === 1 ? liked[0].colours : [] };
}

const dot = (one, other) => one.reduce((sum, number, at) => sum + number * other[at], 0);

function subject({ work, upload }) {
  const brought = upload === undefined ? null : uploads[upload];
  const row = brought ? (brought.work < 0 ? undefined : brought.work) : work;
  if (row === undefined) return { of: (name) => brought.directions[name], same: brought.same, colours: brought.colours };
  const { widths, heights, strengths, spectra } = known.marks;
  const mark = { size: [widths[row], heights[row]], strength: strengths[row], spectrum: spectra.subarray(143 * row, 143 * (row + 1)) };
  const same = [...new Set([row, ...samePicture(mark, known.marks)])];
  return { work: row, of: (name, axis) => axis.row(row), same, colours: brought?.colours || [] };
}

const DONE = {
  hello: async () => true,
  take: async ({ name, value }) => TAKEN[name](value),
  read: async ({ file }) => {
    const found = await read(file);
    uploads.push(found);
    return { number: uploads.length - 1, width: found.width, height: found.height };
  },
  ask: async (question) => ask(question),
};

let turn = Promise.resolve(); // one after the other
onmessage = ({ data: { number, does, ...what } }) => {
  turn = turn.then(async () => {
    try {
      postMessage({ number, answer: await DONE[does](what) });
    } catch (error) {
      postMessage({ number, error: error instanceof Unusable ? error.message : `The network in this page failed: ${error.message || error}` });
    }
  });
};
