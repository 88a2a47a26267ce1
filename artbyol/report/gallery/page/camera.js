// What part of a plane a canvas shows, and how pointers, wheel and fingers move it. Lengths on the canvas are device px.
"use strict";

// options: bounds() [left, top, right, bottom] of all there is; most() the largest scale; moved() after every change;
// hover(point or null), tap(point, event); stroke(points, event) while a line is drawn: done is true at its end.
artbyol.camera = (canvas, options) => {
  const view = { scale: 1, left: 0, top: 0 }; // scale: device px of a plane of side 1
  const size = { width: 0, height: 0, ratio: 1 };
  let goal = null;

  function resize() {
    const before = size.width ? { x: view.left + size.width / view.scale / 2, y: view.top + size.height / view.scale / 2 } : null;
    const box = canvas.parentElement.getBoundingClientRect();
    size.ratio = Math.min(2, window.devicePixelRatio || 1);
    size.width = canvas.width = Math.max(1, Math.round(box.width * size.ratio));
    size.height = canvas.height = Math.max(1, Math.round(box.height * size.ratio));
    if (before) Object.assign(view, centred(before.x, before.y, view.scale));
  }

  const centred = (x, y, scale) => ({ scale, left: x - size.width / scale / 2, top: y - size.height / scale / 2 });

  // A view of a rectangle that fills this share of the canvas.
  function around([left, top, right, bottom], share) {
    const scale = Math.min(options.most(), share * Math.min(size.width / Math.max(right - left, 1e-9), size.height / Math.max(bottom - top, 1e-9)));
    return centred((left + right) / 2, (top + bottom) / 2, scale);
  }
  const whole = () => around(options.bounds(), 0.94);

  function go(to, at_once = artbyol.calm()) {
    goal = at_once ? null : to;
    if (!goal) Object.assign(view, to);
    options.moved();
  }

  function allowed(scale) {
    return Math.max(whole().scale * 0.7, Math.min(options.most(), scale));
  }

  // The middle of the canvas never leaves what there is.
  function held(to) {
    const [left, top, right, bottom] = options.bounds();
    const [w, h] = [size.width / to.scale / 2, size.height / to.scale / 2];
    return { scale: to.scale, left: Math.max(left - w, Math.min(right - w, to.left)), top: Math.max(top - h, Math.min(bottom - h, to.top)) };
  }

  // Zoom by a factor, the place under (x, y) staying where it is.
  function zoomBy(factor, x = size.width / 2, y = size.height / 2, at_once = artbyol.calm()) {
    const from = goal || view;
    const scale = allowed(from.scale * factor);
    go(held({ scale, left: from.left + x / from.scale - x / scale, top: from.top + y / from.scale - y / scale }), at_once);
  }

  function moveBy(dx, dy, at_once = artbyol.calm()) {
    const from = goal || view;
    go(held({ scale: from.scale, left: from.left + dx / from.scale, top: from.top + dy / from.scale }), at_once);
  }

  // A step towards where the view is going; whether it is still under way.
  function step() {
    if (!goal) return false;
    const share = 0.24;
    const scale = view.scale * (goal.scale / view.scale) ** share;
    // Centres move so that the way and the enlargement end together.
    const part = Math.abs(goal.scale - view.scale) > 1e-6 ? (1 / view.scale - 1 / scale) / (1 / view.scale - 1 / goal.scale) : share;
    const near = Math.abs(Math.log(goal.scale / view.scale)) < 0.004 && Math.abs(goal.left - view.left) * view.scale < 0.7 && Math.abs(goal.top - view.top) * view.scale < 0.7;
    if (near) Object.assign(view, goal);
    else Object.assign(view, { scale, left: view.left + (goal.left - view.left) * part, top: view.top + (goal.top - view.top) * part });
    if (near) goal = null;
    return Boolean(goal);
  }

  function key(event) {
    const far = Math.min(size.width, size.height) * 0.18;
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    if (moves[event.key]) moveBy(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") zoomBy(1.6);
    else if (event.key === "-" || event.key === "_") zoomBy(1 / 1.6);
    else if (event.key === "0") go(whole());
    else return false;
    return true;
  }

  // Pointers: one moves, two enlarge, and with Shift (or where `options.drawing()` says so) one draws a line.
  const fingers = new Map();
  let travelled = 0;
  let line = null;

  function local(event) {
    const box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) * size.ratio, y: (event.clientY - box.top) * size.ratio };
  }
  const place = (point) => [view.left + point.x / view.scale, view.top + point.y / view.scale];

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, local(event));
    if (fingers.size === 1) travelled = 0;
    line = fingers.size === 1 && options.stroke && (event.shiftKey || options.drawing?.()) ? [place(local(event))] : null;
    goal = null;
  });

  canvas.addEventListener("pointermove", (event) => {
    const point = local(event);
    const before = fingers.get(event.pointerId);
    if (!before) return options.hover?.(point, event);
    if (fingers.size === 1) {
      travelled += Math.hypot(point.x - before.x, point.y - before.y);
      if (travelled > 4 * size.ratio) {
        options.hover?.(null, event);
        if (line) {
          line.push(place(point));
          options.stroke(line, false);
        } else {
          canvas.classList.add("dragging");
          moveBy(before.x - point.x, before.y - point.y, true);
        }
      }
    } else pinch(event.pointerId, before, point);
    fingers.set(event.pointerId, point);
    return undefined;
  });

  function pinch(id, before, point) {
    const [other] = [...fingers].filter(([one]) => one !== id).map(([, there]) => there);
    const was = Math.hypot(before.x - other.x, before.y - other.y) || 1;
    travelled = Infinity;
    line = null;
    moveBy((before.x - point.x) / 2, (before.y - point.y) / 2, true);
    zoomBy(Math.hypot(point.x - other.x, point.y - other.y) / was, (point.x + other.x) / 2, (point.y + other.y) / 2, true);
  }

  function lift(event) {
    const point = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    canvas.classList.remove("dragging");
    const drawn = line;
    line = null;
    if (event.type !== "pointerup" || !point) return drawn && options.stroke(null, false);
    if (travelled <= 4 * size.ratio) return options.tap?.(point, event);
    return drawn && options.stroke(drawn, true);
  }
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", (event) => options.hover?.(null, event));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 18 : 1;
    const point = local(event);
    const fine = Math.abs(event.deltaY * lines) < 40;
    zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.012 : 0.0022)), point.x, point.y, fine || artbyol.calm());
  }, { passive: false });

  return { view, size, resize, centred, around, whole, go, held, allowed, zoomBy, moveBy, step, key, place, moving: () => Boolean(goal) };
};
