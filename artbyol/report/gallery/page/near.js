// The works closest to one: on the axis that is chosen, or only from elsewhere; the work that is pointed at is compared.
"use strict";

artbyol.near = (() => {
  const { el, data, load, total, titled, artist, thumbnail, open, count, details, remembered, say } = artbyol;

  const KINDS = { elsewhere: "Elsewhere" };
  const capital = (word) => word[0].toUpperCase() + word.slice(1);

  // Fill a section with the works nearest to a row; `told`: its details, `ended`: whether the view is gone.
  function fill(section, row, told, ended) {
    if (!told.near) return section.append(el("p", { class: "notice" }, "There is no other work to compare it with."));
    const kinds = data.works.nearby || ["style"];
    let kind = kinds.includes(remembered.get("axis")) ? remembered.get("axis") : "style";
    const heading = el("h2", { id: "near" });
    const lead = el("p", { class: "small lead" });
    const list = el("div", { class: "nearest" });
    const card = el("div", { class: "card" });
    const axes = el("div", { class: "near-axes", role: "group", "aria-label": "Closest in" }, kinds.map((one) => el("button", { type: "button", "data-axis": one, onclick: () => turn(one) }, KINDS[one] || capital(one))));
    section.append(el("div", { class: "near-head" }, heading, kinds.length > 1 ? axes : null), lead, el("div", { class: "columns" }, list, card));

    async function turn(to, asked = true) {
      kind = to;
      if (asked) remembered.set("axis", to);
      for (const button of axes.children) button.setAttribute("aria-pressed", button.dataset.axis === kind);
      heading.textContent = kind === "style" && data.works.about.across ? "Closest in style, from elsewhere" : kind === "elsewhere" ? "Closest in style, from elsewhere" : `Closest in ${kind}`;
      try {
        const piece = data.works.piece;
        const found = kind === "style" ? told : (await load(`${kind}/${Math.floor(row / piece)}`))[row % piece];
        if (ended()) return;
        show(found);
        if (asked) say(heading.textContent);
      } catch (error) {
        list.replaceChildren(el("p", { class: "notice" }, error.message, "."));
      }
    }

    function show(found) {
      const at = kind === "style" || kind === "elsewhere" ? 0 : data.works.axes.indexOf(kind);
      const tiles = [];
      const items = found.near.map(([other, ...shares], place) => {
        const choose = (asked) => compare(other, shares, found.where?.[place], tiles[place], asked);
        const tile = el("button", { type: "button", class: "plate", "aria-pressed": "false", "aria-label": `Compare with ${titled(other)}`, onclick: () => choose(true) }, thumbnail(other, ""));
        tiles.push(tile);
        return el("li", {}, tile, el("p", {}, el("span", { class: "percentile", title: "Closer than this percentage of all pairs of works in this collection" }, artbyol.pair.hundredths(shares[at])), el("a", { href: open(other), title: titled(other) }, titled(other))),
          artist(other) ? el("p", { class: "small" }, artist(other)) : null);
      });
      lead.textContent = ["Choose a work to compare it. 98.2: closer than 98.2 % of all pairs of works in this collection.",
        kind === "style" ? "Works are ranked also by the chains of neighbours that lead to them, so the numbers need not fall in order." : "", leftOut(kind)].filter(Boolean).join(" ");
      list.replaceChildren(...(at === 0 ? split(items, found.kin || 0) : [el("ol", { class: "strip" }, items)]));

      async function compare(other, shares, where, tile, asked) {
        for (const one of tiles) one.setAttribute("aria-pressed", one === tile);
        const theirs = await details(other);
        if (ended()) return;
        const lights = where?.every((one) => one.length) ? where : artbyol.pair.asked(row, other);
        card.replaceChildren(artbyol.pair.why(row, other, shares, told, theirs, lights));
        if (asked) card.scrollIntoView({ block: "nearest", behavior: artbyol.calm() ? "auto" : "smooth" }); // below, on a phone
      }
      const [other, ...shares] = found.near[0];
      compare(other, shares, found.where?.[0], tiles[0], false);
    }

    turn(kind, false);
    return undefined;
  }

  // The nearest works, with a line where they are no closer than chance would bring works together.
  function split(items, kin) {
    if (kin === items.length) return [el("ol", { class: "strip" }, items)];
    const said = kin ? "From here on works are no closer than chance would bring them; of those before, one in ten is by chance."
      : `Of ${count(total(), "work")} some are always nearest. These are no closer than chance would bring them, so take none of them for kin; the percentages only say how close they are beside the other pairs of this collection.`;
    return [kin ? el("ol", { class: "strip" }, items.slice(0, kin)) : "", el("p", { class: "ends" }, said), el("ol", { class: "strip beyond", start: kin + 1 }, items.slice(kin))];
  }

  // Which works are not shown, where neighbours are asked for across folders or a column.
  function leftOut(kind) {
    const across = kind === "elsewhere" ? data.works.elsewhere : kind === "style" ? data.works.about.across : null;
    return across ? `Works ${across === "folders" ? "in the same folder" : `of the same ${across}`} are left out.` : "";
  }

  return { fill };
})();
