// What stands around the map: its choices, the legend, a picture of the work under the cursor, and the lasso's arithmetic.
"use strict";

// acts: restyle(), regrid(), fit(), zoom(factor), inSight(), spot(number of a colour or 0).
artbyol.mapTools = (state, acts) => {
  const { el, address, count, data } = artbyol;

  const choices = artbyol.colouring.choices();
  const colour = choices.length ? el("select", { "aria-label": "Colour by", onchange() {
    state.colour = colour.value;
    acts.restyle();
  } }, el("option", { value: "" }, "no colours"), choices.map(([key, name]) => el("option", { value: key }, name))) : null;
  if (colour) colour.value = choices.some(([key]) => key === state.colour) ? state.colour : "";
  state.colour = colour?.value || "";

  const toggle = (name, said, title, act) => {
    const button = el("button", { type: "button", "aria-pressed": "false", title, onclick() {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", on);
      act(on);
    } }, said);
    return button;
  };
  const buttons = {
    grid: toggle("grid", "Grid", "Every work in a cell of its own, near its place ( c )", (on) => {
      state.gridded = on;
      acts.regrid();
    }),
    lasso: toggle("lasso", "Lasso", "Draw around works to choose them ( l, or Shift and drag )", (on) => artbyol.say(on ? "Draw around works to choose them" : "")),
  };
  buttons.grid.setAttribute("aria-pressed", state.gridded);
  const left = el("p", { class: "filtered" });
  const trust = el("a", { href: address("about"), class: "small trust" });
  const bar = el("div", { class: "map-bar" },
    colour ? el("label", {}, el("span", {}, "Colour by "), colour) : null, buttons.grid, buttons.lasso,
    el("button", { type: "button", title: "Choose all works in sight ( a )", onclick: acts.inSight }, "All in sight"), left, trust);

  const key = el("ul", { class: "legend", "aria-label": "Colours" });
  const zoom = el("div", { class: "map-zoom" },
    el("button", { type: "button", "aria-label": "Zoom in", title: "Zoom in ( + )", onclick: () => acts.zoom(1.6) }, "+"),
    el("button", { type: "button", "aria-label": "Zoom out", title: "Zoom out ( − )", onclick: () => acts.zoom(1 / 1.6) }, "−"),
    el("button", { type: "button", "aria-label": "The whole map", title: "The whole map ( 0 )", onclick: acts.fit }, "▢"));
  const aside = el("div", { class: "map-aside" }, key, zoom);

  function legend(parts, kept) {
    const focused = [...key.children].findIndex((one) => one.contains(document.activeElement));
    key.replaceChildren(...(parts || []).map((part, at) => {
      const swatch = el("span", { class: "swatch" });
      swatch.style.backgroundColor = part.colour;
      const pressed = state.spot === at + 1;
      return el("li", {}, el("button", { type: "button", "aria-pressed": String(pressed), title: "Only these", onclick: () => acts.spot(pressed ? 0 : at + 1) },
        swatch, el("b", {}, part.name), el("i", {}, part.rows.toLocaleString("en"))));
    }));
    key.children[focused]?.firstChild.focus();
    left.replaceChildren(...(kept === null ? [] : [`${kept.toLocaleString("en")} of ${count(data.works.works.id.length, "work")} stand out, as the wall shows them. `,
      el("button", { type: "button", class: "quiet", onclick() {
        state.unfiltered = true;
        acts.restyle();
      } }, "Show all alike")]));
  }

  function judge({ trustworthiness, continuity }) {
    trust.textContent = trustworthiness === null ? "Too few works to say how far the map can be trusted." : `Trustworthiness ${trustworthiness.toFixed(2)}, continuity ${continuity.toFixed(2)}`;
    trust.title = "What this means";
  }

  return { bar, aside, legend, judge, lasso: () => buttons.lasso.getAttribute("aria-pressed") === "true", press: (name) => buttons[name].click() };
};

// A picture of the work under the cursor, beside it; after a tap a card that opens the work.
artbyol.preview = (stage) => {
  const { el, thumbnail, titled, byline, groupName, groupOf, open, aspect } = artbyol;
  const card = el("div", { class: "map-preview" });
  stage.append(card);
  let shown = null;

  function fill(row, pinned) {
    card.classList.toggle("pinned", pinned);
    card.classList.toggle("shown", row !== null);
    card.toggleAttribute("aria-hidden", false);
    if (row === shown && !pinned) return;
    shown = row;
    if (row === null) return card.replaceChildren();
    const image = thumbnail(row, "");
    if (image.style) image.style.aspectRatio = aspect(row);
    const parts = [image, el("b", {}, titled(row)), el("i", {}, byline(row) || groupName(groupOf(row)))];
    return card.replaceChildren(...(pinned ? [el("a", { href: open(row) }, parts), artbyol.tray?.button(row) || ""] : parts));
  }

  // Beside the cursor, on the side where there is more room.
  function put({ x, y }) {
    const [wide, high] = [stage.clientWidth, stage.clientHeight];
    const [width, height] = [card.offsetWidth, card.offsetHeight];
    const left = x + 22 + width < wide ? x + 22 : Math.max(6, x - 22 - width);
    card.style.transform = `translate(${Math.round(Math.min(left, wide - width - 6))}px, ${Math.round(Math.max(6, Math.min(y - height / 2, high - height - 6)))}px)`;
  }

  return {
    show(row, point) {
      fill(row, false);
      if (row !== null) put(point);
    },
    pin(row, point) {
      fill(row, true);
      put(point);
    },
  };
};

// The works whose middle lies within a closed line of [x, y] places on the map (a ray crosses it an odd number of times).
artbyol.within = (tiles, points) => {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const inside = (x, y) => {
    let odd = false;
    for (let at = 0, before = points.length - 1; at < points.length; before = at, at += 1) {
      if (ys[at] > y !== ys[before] > y && x < ((xs[before] - xs[at]) * (y - ys[at])) / (ys[before] - ys[at]) + xs[at]) odd = !odd;
    }
    return odd;
  };
  return tiles.within(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)).filter((row) => inside(tiles.x[row], tiles.y[row]));
};

// The lasso's line and what it encloses.
artbyol.lassoLine = (context, points, view, size, colour) => {
  context.beginPath();
  for (const [x, y] of points) context.lineTo((x - view.left) * view.scale, (y - view.top) * view.scale);
  context.closePath();
  context.lineWidth = 2 * size.ratio;
  context.strokeStyle = context.fillStyle = colour;
  context.stroke();
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
};
