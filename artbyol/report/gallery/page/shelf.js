// A row of pictures that fills its line exactly, at any width: as many as fit, all of one height.
"use strict";

artbyol.shelf = (() => {
  const { el, aspect, open, titled, thumbnail } = artbyol;
  const GAP = 10;
  const held = new Map(); // element -> what it shows

  const wide = (row) => Math.min(3, Math.max(0.3, aspect(row)));

  // How many of the first rows come nearest to filling a width at this height, and the height that fills it.
  function fitting(rows, width, height, few) {
    let sum = 0;
    let best = null;
    for (let at = 0; at < rows.length; at += 1) {
      sum += wide(rows[at]);
      const tall = (width - at * GAP) / sum;
      const off = Math.abs(Math.log(tall / height));
      if (tall > 0 && (!best || off < best.off)) best = { count: at + 1, tall, off };
      if (tall < height) break;
    }
    if (!best) return { count: 0, tall: height };
    return best.count === rows.length && best.tall > (few ? 1 : 1.3) * height ? { count: best.count, tall: height } : best; // too few to fill it
  }

  function fill(host, width) {
    const { rows, height, few, sequence } = held.get(host);
    const { count, tall } = fitting(rows, width, height(width), few);
    host.replaceChildren(...rows.slice(0, count).map((row) => {
      const link = el("a", { href: open(row), class: "plate", title: titled(row), onclick: () => (artbyol.sequence = sequence) }, thumbnail(row));
      link.style.width = `${Math.floor(wide(row) * tall * 100) / 100}px`;
      link.style.height = `${tall}px`;
      link.style.aspectRatio = String(wide(row)); // for paper
      return link;
    }));
  }

  const watcher = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (!target.isConnected) {
        watcher.unobserve(target);
        held.delete(target);
      } else if (contentRect.width && held.get(target).width !== contentRect.width) {
        held.get(target).width = contentRect.width;
        fill(target, contentRect.width);
      }
    }
  });

  // few: the row may end before the line does. sequence: what the arrow keys of a work follow.
  return (rows, label, { height, few = false, sequence = rows }) => {
    const host = el("div", { class: "filled", role: "group", "aria-label": label });
    host.style.gap = `${GAP}px`;
    held.set(host, { rows, height, few, sequence, width: 0 });
    watcher.observe(host);
    return host;
  };
})();
