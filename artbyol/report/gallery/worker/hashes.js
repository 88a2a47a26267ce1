// Digests and random numbers as Python has them: the same picture is recognised, and gets the same crops.
"use strict";

// The first 64 bits of the fractional parts of a root of the first primes, which SHA-512 and BLAKE2b begin from.
function fractions(count, root) {
  const found = [];
  for (let number = 2; found.length < count; number++) {
    let prime = true;
    for (let by = 2; by * by <= number; by++) if (number % by === 0) prime = false;
    if (!prime) continue;
    const power = BigInt(root);
    const whole = BigInt(number) << (64n * power);
    let low = 1n << 64n;
    let high = 1n << 70n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** power <= whole) low = middle;
      else high = middle;
    }
    found.push(BigInt.asUintN(64, low));
  }
  return found;
}

const SQUARE_ROOTS = fractions(8, 2);
const CUBE_ROOTS = fractions(80, 3);

// SHA-512 (FIPS 180-4) of a few bytes, as bytes.
function sha512(bytes) {
  const turn = (word, by) => BigInt.asUintN(64, (word >> by) | (word << (64n - by)));
  const padded = new Uint8Array(Math.ceil((bytes.length + 17) / 128) * 128);
  padded.set(bytes);
  padded[bytes.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, 8 * bytes.length);
  const state = [...SQUARE_ROOTS];
  for (let block = 0; block < padded.length; block += 128) {
    const words = Array.from({ length: 16 }, (_, at) => view.getBigUint64(block + 8 * at));
    for (let at = 16; at < 80; at++) {
      const [two, fifteen] = [words[at - 2], words[at - 15]];
      const small = turn(fifteen, 1n) ^ turn(fifteen, 8n) ^ (fifteen >> 7n);
      const large = turn(two, 19n) ^ turn(two, 61n) ^ (two >> 6n);
      words.push(BigInt.asUintN(64, words[at - 16] + small + words[at - 7] + large));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let at = 0; at < 80; at++) {
      const one = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & g)) + CUBE_ROOTS[at] + words[at];
      const two = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [BigInt.asUintN(64, one + two), a, b, c, BigInt.asUintN(64, d + one), e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => { state[at] = BigInt.asUintN(64, state[at] + word); });
  }
  const digest = new DataView(new ArrayBuffer(64));
  state.forEach((word, at) => digest.setBigUint64(8 * at, word));
  return new Uint8Array(digest.buffer);
}

// The order of words in each round of BLAKE2b, and where their halves lie.
const ORDERS = [
  "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d",
  "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0",
].map((order) => Array.from(order, (digit) => 2 * parseInt(digit, 16)));

// BLAKE2b (RFC 7693) of many bytes: the first `length` of its digest, in halves of 32 bits, for files are large.
function blake2b(bytes, length) {
  const state = new Uint32Array(16);
  const initial = new Uint32Array(16);
  SQUARE_ROOTS.forEach((word, at) => {
    initial[2 * at] = Number(word & 0xffffffffn);
    initial[2 * at + 1] = Number(word >> 32n);
  });
  state.set(initial);
  state[0] ^= 0x01010000 ^ length;
  const v = new Int32Array(32);
  const m = new Int32Array(32);

  function mix(a, b, c, d, x, y) {
    add(a, b, m[x], m[x + 1]);
    let low = v[d] ^ v[a];
    let high = v[d + 1] ^ v[a + 1];
    v[d] = high; // by 32
    v[d + 1] = low;
    add(c, d, 0, 0);
    low = v[b] ^ v[c];
    high = v[b + 1] ^ v[c + 1];
    v[b] = (low >>> 24) | (high << 8);
    v[b + 1] = (high >>> 24) | (low << 8);
    add(a, b, m[y], m[y + 1]);
    low = v[d] ^ v[a];
    high = v[d + 1] ^ v[a + 1];
    v[d] = (low >>> 16) | (high << 16);
    v[d + 1] = (high >>> 16) | (low << 16);
    add(c, d, 0, 0);
    low = v[b] ^ v[c];
    high = v[b + 1] ^ v[c + 1];
    v[b] = (high >>> 31) | (low << 1);
    v[b + 1] = (low >>> 31) | (high << 1);
  }

  function add(to, from, low, high) { // 64 bits: to + from + a word
    const sum = (v[to] >>> 0) + (v[from] >>> 0) + (low >>> 0);
    v[to + 1] = (v[to + 1] + v[from + 1] + high + ((sum / 0x100000000) | 0)) | 0;
    v[to] = sum | 0;
  }

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const last = new DataView(new ArrayBuffer(128));
  const blocks = Math.max(1, Math.ceil(bytes.length / 128));
  for (let block = 0; block < blocks; block++) {
    const start = 128 * block;
    const final = block === blocks - 1;
    if (final) new Uint8Array(last.buffer).set(bytes.subarray(start));
    for (let at = 0; at < 32; at++) m[at] = final ? last.getInt32(4 * at, true) : view.getInt32(start + 4 * at, true);
    v.set(state);
    v.set(initial, 16);
    const done = final ? bytes.length : start + 128;
    v[24] ^= done;
    v[25] ^= Math.floor(done / 0x100000000);
    if (final) {
      v[28] = ~v[28];
      v[29] = ~v[29];
    }
    for (let round = 0; round < 12; round++) {
      const order = ORDERS[round % 10];
      mix(0, 8, 16, 24, order[0], order[1]);
      mix(2, 10, 18, 26, order[2], order[3]);
      mix(4, 12, 20, 28, order[4], order[5]);
      mix(6, 14, 22, 30, order[6], order[7]);
      mix(0, 10, 20, 30, order[8], order[9]);
      mix(2, 12, 22, 24, order[10], order[11]);
      mix(4, 14, 16, 26, order[12], order[13]);
      mix(6, 8, 18, 28, order[14], order[15]);
    }
    for (let at = 0; at < 16; at++) state[at] ^= v[at] ^ v[at + 16];
  }
  return new Uint8Array(state.buffer).slice(0, length);
}

// Python's random.Random(bytes): the Mersenne Twister (Matsumoto and Nishimura 1998), seeded as its version 2 does.
function twister(seed) {
  const whole = new Uint8Array([...seed, ...sha512(seed)]);
  const key = [];
  for (let at = whole.length; at > 0; at -= 4) {
    key.push(((whole[at - 4] << 24) | (whole[at - 3] << 16) | (whole[at - 2] << 8) | whole[at - 1]) >>> 0);
  }
  while (key.length > 1 && key[key.length - 1] === 0) key.pop();
  const state = new Uint32Array(624);
  state[0] = 19650218;
  for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  let i = 1;
  let j = 0;
  const next = () => {
    if (++i >= 624) {
      state[0] = state[623];
      i = 1;
    }
  };
  for (let k = Math.max(624, key.length); k; k--) {
    state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1664525)) + key[j] + j;
    next();
    j = (j + 1) % key.length;
  }
  for (let k = 623; k; k--) {
    state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1566083941)) - i;
    next();
  }
  state[0] = 0x80000000;
  let at = 624;

  function word() {
    if (at === 624) {
      for (let k = 0; k < 624; k++) {
        const y = (state[k] & 0x80000000) | (state[(k + 1) % 624] & 0x7fffffff);
        state[k] = state[(k + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  const random = () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
  return { random, uniform: (low, high) => low + (high - low) * random() };
}
