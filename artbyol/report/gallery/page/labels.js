// Labels inside the regions of the map: name, words and one picture. None lies over another; larger groups come first.
"use strict";

artbyol.labels = (stage, chosen) => {
  const { el, thumbnail, isAbsent } = artbyol;
  const host = el("div", { class: "regions", role: "group", "aria-label": "Groups" });
  let cards = []; // {node, x, y, width, height, shown}
  stage.append(host);

  function set(regions) {
    cards = regions.filter(({ rows }) => rows.length).map(({ group, rows, x, y }) => {
      const row = group.typical.find((one) => !isAbsent(one)) ?? rows[0];
      const node = el("button", { type: "button", class: "region", title: `${artbyol.count(rows.length, "work")}; go there`, onclick: () => chosen(group) },
        stage.clientWidth > 700 ? thumbnail(row, "") : null,
        el("span", {}, el("b", {}, group.name), group.words.length ? el("i", {}, group.words.slice(0, 2).join(", ")) : null));
      return { node, group, x, y, shown: true };
    });
    host.replaceChildren(...cards.map(({ node }) => node));
    for (const card of cards) [card.width, card.height] = [card.node.offsetWidth, card.node.offsetHeight];
  }

  // Put each where its region is on the canvas; those without room, or out of sight, are hidden.
  function place(view, size, hidden) {
    const taken = [];
    for (const card of cards) {
      const x = ((card.x - view.left) * view.scale) / size.ratio;
      const y = ((card.y - view.top) * view.scale) / size.ratio;
      const [wide, high] = [size.width / size.ratio, size.height / size.ratio];
      const left = Math.max(6, Math.min(wide - card.width - 6, x - card.width / 2));
      const top = Math.max(6, Math.min(high - card.height - 6, y - card.height / 2));
      const free = !hidden && x > 0 && x < wide && y > 0 && y < high && !taken.some((other) => left < other.left + other.width + 4 && left + card.width + 4 > other.left && top < other.top + other.height + 4 && top + card.height + 4 > other.top);
      if (free) {
        taken.push({ left, top, width: card.width, height: card.height });
        card.node.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`;
      }
      if (free !== card.shown) card.node.classList.toggle("hidden", !free);
      card.shown = free;
    }
  }

  return { set, place };
};
