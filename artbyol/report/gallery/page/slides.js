// A slow slide show over the whole screen. Space pauses, arrows leaf; where less motion is wished, it waits for the arrows.
"use strict";

// slides: [{row, title, said}]
artbyol.slides = (slides, name) => {
  const { el, picture, isAbsent, spoken, calm } = artbyol;

  const SECONDS = 6;
  let at = 0;
  let playing = !calm();
  let timer = 0;
  const stage = el("div", { class: "slide-stage" });
  const title = el("b");
  const said = el("span");
  const place = el("span", { class: "place" });
  const pause = el("button", { type: "button", onclick: () => play(!playing) });
  const leaf = (by, label, sign) => el("button", { type: "button", "aria-label": label, onclick: () => go(at + by) }, sign);
  const dialog = el("dialog", { class: "viewer slides", "aria-label": name }, stage,
    el("p", { class: "slide-said", role: "status" }, place, title, said),
    el("div", { class: "viewer-bar" }, leaf(-1, "Back", "‹"), pause, leaf(1, "On", "›"),
      el("button", { type: "button", class: "close", "aria-label": "Close", title: "Close ( Esc )", onclick: () => dialog.close() }, "×")));

  function go(to) {
    at = (to + slides.length) % slides.length;
    const { row, title: called, said: more } = slides[at];
    const image = isAbsent(row) ? el("span", { class: "missing" }, called) : el("img", { src: picture(row, true), alt: spoken(row), draggable: "false" });
    const before = [...stage.children].filter((one) => !one.classList.contains("gone"));
    stage.append(image);
    for (const one of before) {
      one.classList.add("gone");
      setTimeout(() => one.remove(), calm() ? 0 : 1300);
    }
    [title.textContent, said.textContent, place.textContent] = [called, more, `${at + 1} of ${slides.length}`];
    const next = slides[(at + 1) % slides.length].row;
    if (!isAbsent(next)) new Image().src = picture(next, true); // there when its turn comes
    wait();
  }

  function wait() {
    clearTimeout(timer);
    if (playing) timer = setTimeout(() => (at === slides.length - 1 ? play(false) : go(at + 1)), SECONDS * 1000);
  }

  function play(on) {
    playing = on;
    pause.textContent = on ? "❚❚" : "▶";
    pause.setAttribute("aria-label", on ? "Pause" : "Play");
    pause.title = `${on ? "Pause" : "Play"} ( Space )`;
    if (on && at === slides.length - 1) go(0);
    else wait();
  }

  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) go(at + by);
    else if (event.key === " ") play(!playing);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    document.removeEventListener("fullscreenchange", left);
    if (document.fullscreenElement) document.exitFullscreen();
    dialog.remove();
  });
  function left() {
    if (!document.fullscreenElement && dialog.open) dialog.close();
  }
  document.body.append(dialog);
  const show = () => {
    dialog.showModal();
    document.addEventListener("fullscreenchange", left);
    play(playing);
    go(0);
  };
  // Full screen first, or it would lie above the dialog; where it is not allowed, the window is enough.
  Promise.race([document.documentElement.requestFullscreen?.() ?? Promise.resolve(), new Promise((resolve) => setTimeout(resolve, 600))]).catch(() => {}).then(show);
};
