// One work: large, with its label; the works closest to it, and in what each is close.
"use strict";

artbyol.views.work = (() => {
  const {
    el, data, works, rowOf, titled, artist, dated, column, groupOf, thumbnail, picture, open, address, palette, details,
    list, isAbsent, tint, spoken, total,
  } = artbyol;

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

  function why(row, other, shares, mine, theirs, where) {
    const shown = [];
    const side = (one, told) => {
      const image = thumbnail(one);
      shown.push(image);
      return el("div", { class: "side" }, el("a", { href: open(one), tabindex: one === row ? -1 : 0 }, image), el("p", {}, titled(one)), told.colours ? palette(told.colours, `Colours of ${titled(one)}`) : null);
    };
    return el("section", { class: "why", "aria-labelledby": "why" },
      el("h2", { id: "why" }, "Why these two"),
      el("div", { class: "pair" }, side(row, mine), side(other, theirs)),
      where?.every((one) => one.length) ? places(shown, where) : null,
      el("p", { class: "verdict" }, verdict(shares)), bars(shares),
      el("p", { class: "small" }, "Percentiles: at 95, they are closer than 95 % of all pairs of works in this collection. From 80 up two works agree, below 50 they differ."));
  }

  // A switch that lights what on either picture is more like the other than the rest of it.
  function places(shown, where) {
    let lights = null;
    const button = el("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: async () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", on);
      lights ??= await Promise.all(shown.map((image, at) => lit(image, where[at])));
      shown.forEach((image, at) => (on ? image : lights[at]).replaceWith(on ? lights[at] : image));
    } }, "Where?");
    return el("p", {}, button);
  }

  async function lit(image, [height, width, bytes]) {
    await image.decode();
    const light = atob(bytes);
    const mask = el("canvas", { width, height });
    const pixels = new ImageData(width, height);
    for (let at = 0; at < light.length; at++) pixels.data.set([128, 128, 128, 0.85 * (255 - light.charCodeAt(at))], 4 * at);
    mask.getContext("2d").putImageData(pixels, 0, 0);
    const canvas = el("canvas", { width: image.naturalWidth, height: image.naturalHeight, role: "img", "aria-label": `${image.alt}: lit where it is more like the other work than elsewhere` });
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0);
    pen.drawImage(mask, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  function table(row, told) {
    const facts = [];
    const add = (name, value) => value && facts.push(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
    const metadata = told.metadata || {};
    add("Artist", artist(row));
    add("Year", dated(row));
    const tags = column("tags", row) || [];
    add("Tags", tags.length ? tags.map((tag, at) => [at ? ", " : "", el("a", { href: address("wall", "", { q: tag }) }, tag)]).flat() : "");
    for (const [name, value] of Object.entries(metadata)) {
      const link = name === "permalink" && /^https?:\/\//.test(value);
      add(name[0].toUpperCase() + name.slice(1), link ? el("a", { href: value, rel: "noreferrer noopener" }, value) : value);
    }
    if (groupOf(row)) add("Group", el("a", { href: address("wall", "", { group: groupOf(row) }) }, artbyol.groupName(groupOf(row)).replace(/^Group (?=\d+$)/, "")));
    add("Traits", told.words?.join(", "));
    add("Size", `${works().width[row].toLocaleString("en")} × ${works().height[row].toLocaleString("en")} px`);
    add("File", works().name[row]);
    if (told.copies) add("Also saved as", told.copies.join("\n"));
    return el("dl", { class: "table" }, facts);
  }

  // How a work stands in its collection, attribute by attribute.
  function attributes(told) {
    if (!told.attributes) return null;
    return el("details", { class: "attributes" }, el("summary", {}, "Attributes"),
      el("p", { class: "small" }, "Percentiles in this collection: 0 is the least, 100 the most."),
      el("dl", { class: "scale" }, data.works.attributes.map(([name], at) => {
        const dot = el("span", { class: "dot" });
        dot.style.left = `${told.attributes[at] / 10}%`;
        return el("div", {}, el("dt", {}, name), el("dd", {}, el("span", { class: "track", "aria-hidden": "true" }, dot), el("span", { class: "number" }, String(Math.round(told.attributes[at] / 10)))));
      })));
  }

  function enlarge(row) {
    const dialog = el("dialog", { class: "lightbox", "aria-label": titled(row) }, el("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => dialog.close() }, "×"),
      el("img", { src: picture(row, true), alt: spoken(row) }));
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  function plate(row) {
    if (isAbsent(row)) return el("div", { class: "main-plate" }, el("span", { class: "missing" }, titled(row)));
    const image = el("img", { alt: spoken(row), draggable: "false", width: works().width[row], height: works().height[row] });
    image.style.backgroundColor = tint(row);
    image.src = picture(row, true);
    const button = el("button", { type: "button", class: "enlarge", "aria-label": `Enlarge ${titled(row)}`, onclick: () => enlarge(row) }, image);
    // No larger than its pixels allow; the shape is known before the picture is.
    button.style.setProperty("--ratio", works().width[row] / works().height[row]);
    button.style.maxWidth = `${Math.max(120, works().width[row])}px`;
    return el("div", { class: "main-plate" }, button);
  }

  function beside(row, step) {
    const sequence = artbyol.sequence?.includes(row) ? artbyol.sequence : [...works().id.keys()];
    return sequence[sequence.indexOf(row) + step];
  }

  function show(host, where) {
    const row = rowOf(where.argument);
    if (row === undefined) {
      host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "No such work"), el("p", {}, "There is no work at this address. ", el("a", { href: address("wall") }, "All works"))));
      return {};
    }
    const step = (by, name, sign) => {
      const other = beside(row, by);
      return other === undefined ? null : el("a", { href: open(other), class: "step", rel: by < 0 ? "prev" : "next", "aria-label": `${name}: ${titled(other)}` }, sign);
    };
    const label = el("div", { class: "label" },
      el("h1", { tabindex: -1 }, titled(row)),
      el("p", { class: "byline" }, artbyol.byline(row)));
    const near = el("section", { class: "near", "aria-labelledby": "near" });
    host.append(el("article", { class: "work" }, plate(row), label, near));
    const links = el("p", { class: "links" },
      step(-1, "Previous", "← Previous"), step(1, "Next", "Next →"),
      el("a", { href: address("map", "", { work: works().id[row] }) }, "On the map"),
      total() > 2 ? el("a", { href: address("ideas", "", { from: works().id[row] }) }, "Walk from here") : null);
    let ended = false;
    details(row).then((told) => {
      if (ended) return;
      label.append(...[told.colours ? palette(told.colours) : null, table(row, told), attributes(told), told.absent ? el("p", { class: "notice" }, `Not shown: ${told.absent}.`) : null, links, ...artbyol.extra("work", row)].filter(Boolean));
      neighbours(near, row, told, () => ended);
    }).catch((error) => label.append(el("p", { class: "notice" }, error.message, "."), links));
    return { key: (event) => turn(event, row), end: () => (ended = true) };
  }

  function neighbours(near, row, told, ended) {
    if (!told.near) return near.append(el("p", { class: "notice" }, "There is no other work to compare it with."));
    const card = el("div", { class: "card" });
    const buttons = [];
    const kin = told.kin || 0; // left out where it is none
    const items = told.near.map(([other, share], at) => {
      const button = el("button", { type: "button", class: "quiet", "aria-pressed": "false", "aria-label": `Why ${titled(other)} is close`, onclick: () => choose(at, button) }, "Why?");
      buttons.push(button);
      return el("li", { class: at < kin ? "" : "beyond" }, el("a", { href: open(other), class: "plate" }, thumbnail(other)), el("p", {}, el("span", { class: "percentile", title: "Closer in style than this percentage of all pairs of works in this collection" }, hundredths(share)), button));
    });
    async function choose(at, button, asked = true) {
      const [other, ...shares] = told.near[at];
      for (const one of buttons) one.setAttribute("aria-pressed", one === button);
      const theirs = await details(other);
      if (ended()) return;
      card.replaceChildren(why(row, other, shares, told, theirs, told.where?.[at]));
      if (asked) card.scrollIntoView({ block: "nearest", behavior: artbyol.calm() ? "auto" : "smooth" }); // below, on a phone
    }
    near.append(el("h2", { id: "near" }, elsewhere() ? "Closest in style, from elsewhere" : "Closest in style"),
      el("p", { class: "small" }, "98.2 means: closer than 98.2 % of all pairs of works in this collection. Works are ranked also by the chains of neighbours that lead to them, so the numbers need not fall in order." + elsewhere()),
      el("div", { class: "columns" }, strip(items, kin), card));
    choose(0, buttons[0], false);
    return undefined;
  }

  // The nearest works, with a line where they are no more alike than chance would have them.
  function strip(items, kin) {
    if (kin === items.length) return el("ol", { class: "strip" }, items);
    const said = kin ? "From here on no more alike than chance would have it; of those before, one in ten is by chance." : "No work here is more alike than chance would have it: these are merely the nearest.";
    return el("div", {}, kin ? el("ol", { class: "strip" }, items.slice(0, kin)) : null, el("p", { class: "ends" }, said), el("ol", { class: "strip", start: kin + 1 }, items.slice(kin)));
  }

  // Which works are not shown as closest, where neighbours are asked for across folders or a column.
  function elsewhere() {
    const { across } = data.works.about;
    return across ? ` Works ${across === "folders" ? "in the same folder" : `of the same ${across}`} are left out.` : "";
  }

  function turn(event, row) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return false;
    const other = beside(row, by);
    if (other !== undefined) location.replace(open(other)); // leafing is one step for the back button
    return true;
  }

  return { show, bars, verdict };
})();
