// One work: large, with its label; below it the works closest to it.
"use strict";

artbyol.views.work = (() => {
  const {
    el, data, works, rowOf, titled, artist, dated, column, groupOf, picture, open, address, details, isAbsent, tint, spoken,
    total, say,
  } = artbyol;

  // What is known of a work and not said above already.
  function table(row, told) {
    const facts = [];
    const above = new Set([titled(row), artist(row), dated(row)].filter(Boolean));
    const add = (name, value) => value && facts.push(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
    const tags = column("tags", row) || [];
    for (const [name, value] of Object.entries(told.metadata || {})) {
      if (above.has(value)) continue;
      above.add(value);
      const link = name === "permalink" && /^https?:\/\//.test(value);
      add(name[0].toUpperCase() + name.slice(1), link ? el("a", { href: value, rel: "noreferrer noopener" }, value) : value);
    }
    add("Tags", tags.length ? tags.map((tag, at) => [at ? ", " : "", el("a", { href: address("wall", "", { q: tag }) }, tag)]).flat() : "");
    if (groupOf(row)) add("Group", el("a", { href: address("wall", "", { group: groupOf(row) }) }, artbyol.groupName(groupOf(row))));
    add("Traits", told.words?.join(", "));
    add("Size", `${works().width[row].toLocaleString("en")} × ${works().height[row].toLocaleString("en")} px`);
    const name = works().name[row];
    if (name.replace(/\.[A-Za-z0-9]{1,5}$/, "") !== titled(row)) add("File", name);
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

  // The colours, each to be copied.
  function swatches(colours) {
    const copy = async (hex) => {
      try {
        await navigator.clipboard.writeText(hex);
      } catch { // no clipboard for pages from a disc in this browser
        const field = el("textarea", { class: "unseen" });
        field.value = hex;
        document.body.append(field);
        field.select();
        document.execCommand("copy");
        field.remove();
      }
      say(`${hex} copied`);
    };
    return el("ul", { class: "swatches", "aria-label": "Colours" }, colours.map(([hex, share]) => {
      const chip = el("span", { class: "chip", "aria-hidden": "true" });
      chip.style.backgroundColor = hex;
      const code = el("b", {}, hex);
      const item = el("li", {}, el("button", { type: "button", title: `Copy ${hex}`, "aria-label": `Copy ${hex} ${Math.round(share / 10)} % of the picture`, async onclick() {
        await copy(hex);
        code.textContent = "copied";
        setTimeout(() => (code.textContent = hex), 1200);
      } }, chip, code, " ", el("i", {}, `${Math.round(share / 10)} %`)));
      item.style.flexGrow = Math.max(share, 80);
      return item;
    }));
  }

  const step = (row, by) => {
    const other = beside(row, by);
    return other === undefined ? null : el("a", { href: open(other), class: `step ${by < 0 ? "before" : "after"}`, rel: by < 0 ? "prev" : "next", "aria-label": `${by < 0 ? "Previous" : "Next"}: ${titled(other)}`, title: by < 0 ? "Previous ( ← )" : "Next ( → )" }, el("span", { "aria-hidden": "true" }, by < 0 ? "‹" : "›"));
  };

  function plate(row) {
    if (isAbsent(row)) return el("div", { class: "main-plate" }, step(row, -1), el("span", { class: "missing" }, titled(row)), step(row, 1));
    const image = el("img", { alt: spoken(row), draggable: "false", width: works().width[row], height: works().height[row] });
    image.style.backgroundColor = tint(row);
    image.src = picture(row, true);
    const button = el("button", { type: "button", class: "enlarge", title: "Enlarge ( e )", "aria-label": `Enlarge ${titled(row)}`, onclick: () => artbyol.enlarge(row) }, image);
    // No larger than twice its pixels; the shape is known before the picture is.
    button.style.setProperty("--ratio", works().width[row] / works().height[row]);
    button.style.maxWidth = `${Math.max(120, 2 * works().width[row])}px`;
    return el("div", { class: "main-plate" }, step(row, -1), button, step(row, 1));
  }

  function beside(row, by) {
    const sequence = artbyol.sequence?.includes(row) ? artbyol.sequence : [...works().id.keys()];
    return sequence[sequence.indexOf(row) + by];
  }

  function show(host, where) {
    const row = rowOf(where.argument);
    if (row === undefined) {
      host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "No such work"), el("p", {}, "There is no work at this address. ", el("a", { href: address("wall") }, "All works"))));
      return {};
    }
    const by = artist(row) ? el("a", { href: address("wall", "", { artist: artist(row) }) }, artist(row)) : null;
    const label = el("div", { class: "label" }, el("h1", { tabindex: -1 }, titled(row)),
      el("p", { class: "byline" }, by, by && dated(row) ? ", " : null, dated(row)));
    const near = el("section", { class: "near", "aria-labelledby": "near" });
    host.append(el("article", { class: "work" }, plate(row), label, near));
    const links = el("p", { class: "links" },
      el("a", { href: address("map", "", { work: works().id[row] }) }, "On the map"),
      total() > 2 ? el("a", { href: address("walks", "", { from: works().id[row] }) }, "Walk from here") : null);
    let ended = false;
    details(row).then((told) => {
      if (ended) return;
      label.append(...[told.colours ? swatches(told.colours) : null, table(row, told), attributes(told), told.absent ? el("p", { class: "notice" }, `Not shown: ${told.absent}.`) : null, links, ...artbyol.extra("work", row)].filter(Boolean));
      artbyol.near.fill(near, row, told, () => ended);
    }).catch((error) => label.append(el("p", { class: "notice" }, error.message, "."), links));
    return { key: (event) => key(event, row), end: () => (ended = true) };
  }

  function key(event, row) {
    if (event.key === "e" && !isAbsent(row)) {
      artbyol.enlarge(row);
      return true;
    }
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return false;
    const other = beside(row, by);
    if (other !== undefined) location.replace(open(other)); // leafing is one step for the back button
    return true;
  }

  return { show, beside, bars: artbyol.pair.bars, verdict: artbyol.pair.verdict };
})();
