// Rows of pictures of one height, filled from edge to edge. Only those near the window exist: 20,000 cost as much as 50.
"use strict";

artbyol.justified = (host, sections, options = {}) => {
  const { el, data, aspect, works, isAbsent, picture, tint, titled, byline, open } = artbyol;
  const frame = el("div", { class: "hang", role: "list", "aria-label": options.label });
  host.append(frame);
  const CAPTION = 40; // px below a picture
  const hung = new Map(); // index -> element
  let lines = [];
  let tiles = []; // {row, x, width, line}
  let width = 0;
  let scheduled = 0;
  let current = 0; // the work that a press of Tab reaches

  const wide = (row) => Math.min(12, Math.max(0.2, aspect(row)));
  const target = () => (width < 560 ? 118 : width < 1100 ? 180 : width < 2200 ? 220 : 280) * (typeof options.scale === "function" ? options.scale() : options.scale || 1);
  const below = () => (options.captions?.() ? CAPTION : 0);

  function arrange() {
    const gap = width < 560 ? 6 : 12;
    const height = target();
    const caption = below();
    frame.classList.toggle("captioned", caption > 0);
    let top = 0;
    lines = [];
    tiles = [];
    for (const section of sections) {
      if (section.heading) {
        lines.push({ top, height: section.space || 64, heading: section.heading });
        top += section.space || 64;
      }
      let from = 0;
      let sum = 0;
      section.rows.forEach((row, at) => {
        sum += wide(row);
        const gaps = (at - from) * gap;
        const full = sum * height + gaps >= width;
        if (!full && at < section.rows.length - 1) return;
        const tall = full ? Math.max(24, (width - gaps) / sum) : height;
        let x = 0;
        const line = { top, height: tall + caption, first: tiles.length };
        for (const one of section.rows.slice(from, at + 1)) {
          const across = Math.min(width, wide(one) * tall);
          tiles.push({ row: one, x, width: across, line: lines.length });
          x += across + gap;
        }
        line.last = tiles.length - 1;
        lines.push(line);
        top += tall + caption + gap;
        from = at + 1;
        sum = 0;
      });
      top += section.heading ? 28 : 0;
    }
    frame.style.height = `${Math.max(1, top)}px`;
  }

  const small = Number(/-(\d+)$/.exec(data.works.folders[0])?.[1]) || 320; // height of small copies, px
  const ratio = window.devicePixelRatio || 1;

  function tile(index) {
    const { row, x, width: across, line } = tiles[index];
    const { top, height } = lines[line];
    const link = el("a", { href: open(row), class: "tile", tabindex: index === current ? 0 : -1 });
    if (isAbsent(row)) link.append(el("span", { class: "missing", "aria-hidden": "true" }, titled(row)));
    else {
      const image = el("img", { alt: "", decoding: "async", draggable: "false" });
      image.style.backgroundColor = tint(row);
      image.src = picture(row, (height - below()) * ratio > 1.2 * small);
      // A tiny picture is not blown up to the size of its neighbours.
      image.style.maxWidth = `${2 * works().width[row]}px`;
      image.style.maxHeight = `${2 * works().height[row]}px`;
      link.append(image);
    }
    link.append(el("span", { class: "caption" }, el("b", {}, titled(row)), byline(row) ? el("span", { class: "unseen" }, ", ") : null, el("i", {}, byline(row))));
    link.addEventListener("focus", () => attend(index));
    const item = el("div", { class: "item", role: "listitem", "aria-setsize": tiles.length, "aria-posinset": index + 1 }, link, artbyol.extra("tile", row));
    item.style.transform = `translate(${x}px, ${top}px)`;
    item.style.width = `${across}px`;
    item.style.height = `${height}px`;
    return item;
  }

  function attend(index) {
    const before = hung.get(`t${current}`);
    if (before) before.firstChild.tabIndex = -1;
    current = index;
    const now = hung.get(`t${index}`);
    if (now) now.firstChild.tabIndex = 0;
  }

  function lineAt(y) {
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lines[middle].top <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function show() {
    scheduled = 0;
    if (!lines.length) return;
    const begin = -frame.getBoundingClientRect().top;
    const ahead = window.innerHeight * 0.75;
    const keep = new Set();
    const added = document.createDocumentFragment();
    const from = lineAt(begin - ahead);
    const until = lineAt(begin + window.innerHeight + ahead);
    for (let number = from; number <= until; number += 1) {
      const line = lines[number];
      const keys = line.heading ? [`h${number}`] : Array.from({ length: line.last - line.first + 1 }, (_, i) => `t${line.first + i}`);
      for (const key of keys) {
        keep.add(key);
        if (hung.has(key)) continue;
        let node;
        if (line.heading) {
          node = el("div", { class: "heading", role: "listitem" }, line.heading());
          node.style.transform = `translateY(${line.top}px)`;
        } else node = tile(Number(key.slice(1)));
        hung.set(key, node);
        added.append(node);
      }
    }
    for (const [key, node] of hung) {
      if (!keep.has(key) && !node.contains(document.activeElement)) {
        node.remove();
        hung.delete(key);
      }
    }
    frame.append(added);
  }

  function soon() {
    if (!scheduled) scheduled = requestAnimationFrame(show);
  }

  function rehang(force) {
    if (frame.clientWidth === width && force !== true) return;
    const before = lines.length ? tiles[lines[lineAt(-frame.getBoundingClientRect().top)]?.first]?.row : undefined;
    width = frame.clientWidth;
    for (const node of hung.values()) node.remove();
    hung.clear();
    arrange();
    if (before !== undefined && frame.getBoundingClientRect().top < -80) reveal(tiles.findIndex((one) => one.row === before), "start");
    show();
  }

  function reveal(index, block = "nearest") {
    if (index < 0) return;
    const line = lines[tiles[index].line];
    const head = document.querySelector(".top").offsetHeight + 8;
    const top = line.top + frame.getBoundingClientRect().top + window.scrollY;
    const above = window.scrollY + head > top;
    if (above || block === "start") window.scrollTo(0, top - head);
    else if (window.scrollY + window.innerHeight < top + line.height) window.scrollTo(0, top + line.height + 8 - window.innerHeight);
  }

  function focus(index) {
    const to = Math.max(0, Math.min(tiles.length - 1, index));
    if (!tiles.length) return;
    reveal(to);
    show();
    attend(to);
    hung.get(`t${to}`)?.firstChild.focus({ preventScroll: true });
  }

  function vertically(step) {
    const from = tiles[current];
    let line = from.line + step;
    while (lines[line]?.heading) line += step;
    if (!lines[line]) return;
    const middle = from.x + from.width / 2;
    let best = lines[line].first;
    for (let index = best; index <= lines[line].last; index += 1) {
      const away = (one) => Math.abs(tiles[one].x + tiles[one].width / 2 - middle);
      if (away(index) < away(best)) best = index;
    }
    focus(best);
  }

  function key(event) {
    const inside = frame.contains(document.activeElement);
    const moves = {
      ArrowRight: () => focus(inside ? current + 1 : current),
      ArrowLeft: () => focus(inside ? current - 1 : current),
      ArrowDown: () => (inside ? vertically(1) : focus(current)),
      ArrowUp: () => (inside ? vertically(-1) : focus(current)),
      Home: () => focus(0),
      End: () => focus(tiles.length - 1),
    };
    if (!moves[event.key] || !tiles.length) return false;
    moves[event.key]();
    return true;
  }

  // On paper all of them: pages have no window to be near.
  const PRINTED = 1500; // works; more are no print
  let sheet = null;
  function print() {
    sheet = el("div", { class: "printed" });
    let left = PRINTED;
    for (const section of sections) {
      const rows = section.rows.slice(0, left);
      left -= rows.length;
      if (rows.length && section.heading) sheet.append(section.heading());
      sheet.append(el("div", { class: "plates" }, rows.map((row) => el("figure", {}, isAbsent(row) ? el("span", { class: "missing" }, titled(row)) : el("img", { src: picture(row), alt: "" }), el("figcaption", {}, el("b", {}, titled(row)), el("i", {}, byline(row)))))));
    }
    const rest = sections.reduce((sum, { rows }) => sum + rows.length, 0) - PRINTED;
    if (rest > 0) sheet.append(el("p", {}, `${rest.toLocaleString("en")} more are not printed. Filter the works to print them.`));
    frame.after(sheet);
  }
  const printed = () => sheet?.remove();
  window.addEventListener("beforeprint", print);
  window.addEventListener("afterprint", printed);

  const watcher = new ResizeObserver(() => rehang());
  watcher.observe(frame);
  window.addEventListener("scroll", soon, { passive: true });
  rehang();

  return {
    key,
    rescale: () => rehang(true),
    end() {
      watcher.disconnect();
      window.removeEventListener("beforeprint", print);
      window.removeEventListener("afterprint", printed);
      printed();
      window.removeEventListener("scroll", soon);
      cancelAnimationFrame(scheduled);
      frame.remove();
    },
  };
};
