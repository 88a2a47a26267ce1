// What the page has to tell or offer while one looks at something else: a strip at the foot of the window.
"use strict";

artbyol.dock = artbyol.el("div", { class: "dock" });
document.body.append(artbyol.dock);

// Tell something, in place of what was told under this name; null takes it away.
// Options: acts: [label, function] pairs; share: of a job, 0..1, null where unknown; closed: called when it is closed by
// hand; wrong: it is an error.
artbyol.notice = (() => {
  const { el, dock, say } = artbyol;
  const shown = new Map(); // name -> [element, text]

  return (name, text, { acts = [], share, closed, wrong = name === "wrong" } = {}) => {
    const [before, said] = shown.get(name) || [];
    if (text === null) {
      before?.remove();
      shown.delete(name);
      return;
    }
    const running = share !== undefined;
    const meter = running ? el("progress", { max: 1, value: share === null ? undefined : share, "aria-label": text }) : null;
    const close = () => {
      artbyol.notice(name, null);
      closed?.();
    };
    const strip = el("div", { class: wrong ? "said wrong" : "said", "data-notice": name, role: "region", "aria-label": text }, el("p", {}, text), meter,
      acts.map(([label, act]) => el("button", { type: "button", onclick: act }, label)),
      running ? null : el("button", { type: "button", class: "close", "aria-label": "Close this message", onclick: close }, "×"));
    if (before) before.replaceWith(strip);
    else dock.prepend(strip);
    shown.set(name, [strip, text]);
    if (said !== text && !running) say(text);
  };
})();
