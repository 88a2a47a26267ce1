// One work, or two beside each other, over the whole window: wheel, fingers, drag and keys enlarge both in step.
"use strict";

(() => {
  const { el, works, titled, byline, spoken, picture, isAbsent, open, aspect } = artbyol;

  // A canvas on which one work can be enlarged; `moved` is called when a hand did that here.
  function pane(row, moved) {
    const canvas = el("canvas", { role: "img", "aria-label": spoken(row) });
    const side = el("figure", { class: "pane" }, el("div", { class: "ground" }, canvas), el("figcaption", {}, el("a", { href: open(row) }, titled(row)), " ", el("span", {}, byline(row))));
    const [wide, high] = [Math.min(1, aspect(row)), Math.min(1, 1 / aspect(row))]; // on a plane where the longer side is 1
    const longer = Math.max(works().width[row], works().height[row]);
    const context = canvas.getContext("2d");
    const image = new Image();
    let frame = 0;
    let still = false; // what follows another pane moves no other
    const camera = artbyol.camera(canvas, {
      bounds: () => [0, 0, wide, high],
      most: () => Math.max(3 * longer, 3 * Math.min(camera.size.width, camera.size.height)),
      moved() {
        again();
        if (!still) moved(one);
      },
    });
    const tiles = artbyol.deep?.(row, again);

    function again() {
      if (!frame) frame = requestAnimationFrame(paint);
    }

    function paint() {
      frame = 0;
      const { view, size } = camera;
      const moving = camera.step();
      context.clearRect(0, 0, size.width, size.height);
      context.imageSmoothingQuality = "high";
      if (image.complete && image.naturalWidth) context.drawImage(image, -view.left * view.scale, -view.top * view.scale, wide * view.scale, high * view.scale);
      tiles?.paint(context, view, size, wide, high);
      if (!moving) return;
      again();
      if (!still) moved(one);
    }

    image.onload = again;
    image.onerror = () => image.src.endsWith(picture(row)) || (image.src = picture(row));
    image.src = isAbsent(row) ? "" : picture(row, true);
    const watcher = new ResizeObserver(() => {
      const untouched = !camera.size.width || Math.abs(camera.view.scale / camera.whole().scale - 1) < 0.02;
      camera.resize();
      if (untouched) Object.assign(camera.view, camera.whole());
      again();
    });
    watcher.observe(side.firstChild);

    const one = {
      side, camera, row, tiles,
      // How far it is enlarged and where its middle is, both as shares of the whole picture.
      state: () => ({ by: camera.view.scale / camera.whole().scale, x: (camera.view.left + camera.size.width / camera.view.scale / 2) / wide, y: (camera.view.top + camera.size.height / camera.view.scale / 2) / high }),
      follow({ by, x, y }) {
        still = true;
        camera.go(camera.centred(x * wide, y * high, by * camera.whole().scale), true);
        still = false;
      },
      end() {
        watcher.disconnect();
        cancelAnimationFrame(frame);
      },
    };
    return one;
  }

  // Show works (one or two) over the window; `leaf(by)`: the works instead of these, by the arrows, if there are any.
  function view(rows, leaf) {
    let panes = [];
    const stage = el("div", { class: "panes" });
    const act = (how) => {
      how(panes[0].camera);
      step(panes[0]);
    };
    const bar = el("div", { class: "viewer-bar" },
      leaf ? el("button", { type: "button", "aria-label": "Previous", title: "Previous ( ← )", onclick: () => turn(-1) }, "‹") : null,
      leaf ? el("button", { type: "button", "aria-label": "Next", title: "Next ( → )", onclick: () => turn(1) }, "›") : null,
      el("button", { type: "button", "aria-label": "Zoom in", title: "Zoom in ( + )", onclick: () => act((camera) => camera.zoomBy(1.6)) }, "+"),
      el("button", { type: "button", "aria-label": "Zoom out", title: "Zoom out ( − )", onclick: () => act((camera) => camera.zoomBy(1 / 1.6)) }, "−"),
      el("button", { type: "button", "aria-label": "The whole picture", title: "The whole picture ( 0 )", onclick: () => act((camera) => camera.go(camera.whole())) }, "▢"),
      el("button", { type: "button", class: "close", "aria-label": "Close", title: "Close ( Esc )", onclick: () => dialog.close() }, "×"));
    const dialog = el("dialog", { class: "lightbox viewer", "aria-label": rows.map(titled).join(" and ") }, stage, bar);

    function step(from) {
      for (const one of panes) if (one !== from) one.follow(from.state());
    }

    function fill() {
      for (const one of panes) one.end();
      panes = rows.map((row) => pane(row, step));
      stage.replaceChildren(...panes.map(({ side }) => side));
      dialog.classList.toggle("together", rows.length > 1);
      dialog.setAttribute("aria-label", rows.map(titled).join(" and "));
    }

    function turn(by) {
      const next = leaf?.(rows, by);
      if (!next) return;
      rows = next;
      fill();
      artbyol.say(rows.map(spoken).join(" and "));
    }

    dialog.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by && leaf && panes[0].state().by < 1.02) turn(by);
      else if (panes[0].camera.key(event)) step(panes[0]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    dialog.addEventListener("click", (event) => event.target.closest("figcaption a") && dialog.close());
    dialog.addEventListener("close", () => {
      for (const one of panes) one.end();
      dialog.remove();
    });
    fill();
    document.body.append(dialog);
    dialog.showModal();
    dialog.panes = () => panes.map((one) => ({ ...one.state(), tiles: one.tiles?.loaded() || [] })); // for tests
  }

  artbyol.enlarge = (row) => view([row], ([shown], by) => {
    const next = artbyol.views.work.beside(shown, by);
    return next === undefined ? null : [next];
  });

  // Two works large side by side.
  artbyol.compare = (row, other) => view([row, other].filter((one) => !isAbsent(one)));
})();
