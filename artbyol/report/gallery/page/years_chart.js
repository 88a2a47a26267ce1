// A chart over the years: how fast style changes, with its turning points, and below it how many works there are.
"use strict";

// years: of every work; moments: [year, degrees per ten years, what chance gives]; turns: as data.works.timeline has them.
artbyol.yearsChart = (years, moments, turns) => {
  const { el, count } = artbyol;

  const LEFT = 46;
  const [CURVE, BARS, TICKS] = [190, 74, 26]; // heights
  const first = years[0];
  const last = years[years.length - 1];
  if (last === first) return null;

  const svg = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // Round steps that divide a length into about so many parts.
  function step(length, parts) {
    const rough = length / Math.max(1, parts);
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  }

  const chart = svg("svg", { role: "img" });
  const figure = el("figure", { class: "chart" }, chart, el("figcaption", { class: "small" },
    moments.length > 2 ? "Line: by how many degrees the mean style turns in ten years. Shaded: what the same works in random order give, 95 times in 100. " : "", "Bars: works."));

  function draw() {
    const width = Math.max(240, figure.clientWidth);
    const curved = moments.length > 2;
    const top = curved ? CURVE : 0;
    const height = top + BARS + TICKS + 14;
    const x = (at) => LEFT + ((width - LEFT - 18) * (at - first)) / (last - first);
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute("height", height);
    const parts = [];
    const label = (text, at) => parts.push(svg("text", at, text));

    // Ticks of the years, whole ones.
    const every = Math.max(1, step(last - first, (width - LEFT) / 90));
    for (let at = Math.ceil(first / every) * every; at <= last; at += every) {
      parts.push(svg("line", { class: "grid", x1: x(at), x2: x(at), y1: 10, y2: top + BARS + 8 }));
      label(String(at), { x: x(at), y: top + BARS + TICKS, "text-anchor": "middle" });
    }

    // Works, by spans of years that are wide enough to see.
    const span = Math.max(1, step(last - first, (width - LEFT) / 9));
    const bins = new Map();
    for (const one of years) bins.set(Math.floor(one / span), (bins.get(Math.floor(one / span)) || 0) + 1);
    const most = Math.max(...bins.values());
    const floor = top + BARS + 6;
    for (const [bin, works] of bins) {
      const [from, to] = [Math.max(x(first) - 2, x(bin * span)), Math.min(x(last) + 4, x((bin + 1) * span))];
      const tall = Math.max(2, ((BARS - 18) * works) / most);
      const bar = svg("rect", { class: "bar-of-works", x: from, width: Math.max(1.5, to - from - 1), y: floor - tall, height: tall });
      bar.append(svg("title", {}, `${bin * span}${span > 1 ? `–${bin * span + span - 1}` : ""}: ${count(works, "work")}`));
      parts.push(bar);
    }
    label(String(most), { x: LEFT - 8, y: floor - BARS + 24, "text-anchor": "end" });
    label("0", { x: LEFT - 8, y: floor, "text-anchor": "end" });
    parts.push(svg("line", { class: "axis", x1: LEFT - 4, x2: width - 14, y1: floor, y2: floor }));

    if (curved) {
      const fastest = Math.max(...moments.map(([, fast, by_chance]) => Math.max(fast, by_chance))) || 1;
      const y = (value) => CURVE - 12 - ((CURVE - 52) * value) / fastest;
      const up = step(fastest, 4);
      for (let value = 0; value <= fastest; value += up) {
        parts.push(svg("line", { class: "grid", x1: LEFT - 4, x2: width - 14, y1: y(value), y2: y(value) }));
        label(`${+value.toFixed(2)}°`, { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" });
      }
      const line = (column) => moments.map((moment) => `${x(moment[0]).toFixed(1)},${y(moment[column]).toFixed(1)}`).join(" ");
      parts.push(svg("polygon", { class: "chance", points: `${x(moments[0][0])},${y(0)} ${line(2)} ${x(moments[moments.length - 1][0])},${y(0)}` }), svg("polyline", { class: "speed", points: line(1) }));
      // A turn is marked on the curve, where the curve is in that year.
      let before = -Infinity;
      for (const turn of turns) {
        const at = moments.findIndex(([when]) => when >= turn.year);
        const [b, a] = [moments[Math.max(0, at)], moments[Math.max(0, at - 1)]];
        const value = b[0] === a[0] ? b[1] : a[1] + ((b[1] - a[1]) * (turn.year - a[0])) / (b[0] - a[0]);
        const kind = turn.hands ? " hands" : "";
        const lower = x(turn.year) - before < 48 ? 14 : 0;
        before = x(turn.year);
        parts.push(svg("line", { class: `turning${kind}`, x1: before, x2: before, y1: 22 + lower, y2: floor }), svg("circle", { class: `turning${kind}`, cx: before, cy: y(value), r: 5 }));
        label(String(turn.year), { class: `turned${kind}`, x: Math.max(LEFT + 12, Math.min(width - 24, before)), y: 16 + lower, "text-anchor": "middle" });
      }
      chart.setAttribute("aria-label", `How fast style changes from ${first} to ${last}: at most ${fastest.toFixed(0)} degrees in ten years${turns.length ? `; turning points ${turns.map((turn) => turn.year).join(", ")}` : ""}; and how many works there are, at most ${most} in ${count(span, "year")}`);
    } else chart.setAttribute("aria-label", `How many works there are from ${first} to ${last}: at most ${most} in ${count(span, "year")}`);
    chart.replaceChildren(...parts);
  }

  new ResizeObserver(draw).observe(figure);
  return figure;
};
