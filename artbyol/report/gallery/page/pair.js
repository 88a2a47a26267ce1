// Two works beside each other: in what they agree and differ, and where on the pictures.
"use strict";

artbyol.pair = (() => {
  const { el, data, works, titled, thumbnail, open, palette, list } = artbyol;

  const AGREE = 800; // tenths of a per cent, as artbyol says "agree" and "differ"
  const DIFFER = 500;
  const hundredths = (tenths) => (tenths === null ? "–" : (tenths / 10).toFixed(1));

  function bars(shares) {
    return el("dl", { class: "bars" }, data.works.axes.map((axis, at) => {
      const fill = el("span", { class: "fill" });
      fill.style.width = `${(shares[at] ?? 0) / 10}%`;
      const kind = shares[at] === null ? "" : shares[at] >= AGREE ? "agree" : shares[at] < DIFFER ? "differ" : "";
      return el("div", { class: kind }, el("dt", {}, axis), el("dd", {}, el("span", { class: "track", "aria-hidden": "true" }, fill), el("span", { class: "number" }, shares[at] === null ? "not measured" : hundredths(shares[at]))));
    }));
  }

  function verdict(shares) {
    const known = data.works.axes.map((axis, at) => [axis, shares[at]]).filter(([, share]) => share !== null);
    const agree = known.filter(([, share]) => share >= AGREE).sort((a, b) => b[1] - a[1]).map(([axis]) => axis);
    const differ = known.filter(([, share]) => share < DIFFER).sort((a, b) => a[1] - b[1]).map(([axis]) => axis);
    if (!agree.length && !differ.length) return "They neither clearly agree nor clearly differ on any axis.";
    return [agree.length ? `They agree in ${list(agree)}` : "", differ.length ? `${agree.length ? "they" : "They"} differ in ${list(differ)}` : ""].filter(Boolean).join("; ") + ".";
  }

  // Why another work is close; `where`: how both are lit, or a function that asks for it, or nothing.
  function why(row, other, shares, mine, theirs, where) {
    const shown = [];
    const side = (one, told) => {
      const image = thumbnail(one, "");
      shown.push(image);
      return el("div", { class: "side" }, el("button", { type: "button", class: "enlarge", "aria-label": `Enlarge both, beginning at ${titled(one)}`, onclick: () => artbyol.compare(row, other) }, image),
        told.colours ? palette(told.colours, `Colours of ${titled(one)}`) : null, el("p", {}, one === row ? "This work" : el("a", { href: open(one) }, titled(one))));
    };
    return el("section", { class: "why", "aria-labelledby": "why" },
      el("h2", { id: "why" }, "Side by side"),
      el("div", { class: "pair" }, side(row, mine), side(other, theirs)),
      el("p", { class: "links acts" }, el("button", { type: "button", onclick: () => artbyol.compare(row, other) }, "Both large"),
        where ? places(shown, where, [row, other]) : null),
      el("p", { class: "verdict" }, verdict(shares)), bars(shares),
      el("p", { class: "small" }, "At 95, they are closer than 95 % of all pairs of works in this collection. From 80 up two works agree, below 50 they differ."));
  }

  // A switch that lights what on either picture is more like the other than the rest of it.
  function places(shown, where, rows) {
    let lights = null;
    const said = el("span", { class: "small", role: "status" });
    const button = el("button", { type: "button", "aria-pressed": "false", onclick: async () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", on);
      try {
        if (!lights) {
          said.textContent = "Looking …";
          const found = typeof where === "function" ? await where() : where;
          lights = await Promise.all(shown.map((image, at) => lit(image, found[at], rows[at])));
          said.textContent = "";
        }
        shown.forEach((image, at) => (on ? image : lights[at]).replaceWith(on ? lights[at] : image));
      } catch (error) {
        said.textContent = error.message;
        button.setAttribute("aria-pressed", "false");
      }
    } }, "Where?");
    return [button, said];
  }

  async function lit(image, [height, width, bytes], row) {
    if (!bytes) throw new Error("One of the pictures could not be opened.");
    await image.decode();
    const light = atob(bytes);
    const mask = el("canvas", { width, height });
    const pixels = new ImageData(width, height);
    for (let at = 0; at < light.length; at++) pixels.data.set([128, 128, 128, 0.85 * (255 - light.charCodeAt(at))], 4 * at);
    mask.getContext("2d").putImageData(pixels, 0, 0);
    const canvas = el("canvas", { width: image.naturalWidth, height: image.naturalHeight, role: "img", "aria-label": `${row === undefined ? image.alt : titled(row)}: lit where it is more like the other work than elsewhere` });
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0);
    pen.drawImage(mask, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  // How two works are lit, from a server; nothing without one.
  const asked = (row, other) => artbyol.live && (() => artbyol.live.request(`where/${works().id[row]}/${works().id[other]}`));

  return { bars, verdict, why, places, asked, hundredths };
})();
