// This collection beside another folder: kin over there, what is only here, what of theirs lies inside this style.
"use strict";

artbyol.views.collections = (() => {
  const { el, rowOf, titled, byline, thumbnail, open, address, readdress, whereabouts, count, say, live } = artbyol;

  const LISTS = [
    ["kin", "Kin over there", "Works here, those with the nearest over there first."],
    ["only", "Only here", "Works here without kin over there, the farthest first."],
    ["inside", "Inside this style", "Works over there that lie inside the style of this collection, the nearest first."],
  ];
  const share = ([value, low, high]) => `${value} % [${low}, ${high}]`;

  // What the two have to do with each other, in figures.
  function figures(told) {
    const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
    return el("dl", { class: "table" },
      fact("Kin over there", `${share(told.withKin)} of ${count(told.works, "work")} here`),
      fact("Only here", count(told.onlyMine, "work")),
      fact("Inside this style", `${share(told.insideShare)} of ${count(told.otherWorks, "work")} over there; of the works here ${told.usual} %`),
      fact("The same picture", told.same ? `${count(told.same, "work")} of both` : "none"));
  }

  function theirs(told, number) {
    const name = told.names[number];
    const side = 320;
    return el("figure", {}, el("img", { src: `api/compared/${number}/${side}.jpg`, alt: name, loading: "lazy" }), el("figcaption", {}, name));
  }

  function mine(id) {
    const row = rowOf(id);
    if (row === undefined) return el("figure", {}, el("span", { class: "missing" }, "a work that is gone"));
    return el("figure", {}, el("a", { href: open(row), class: "plate" }, thumbnail(row)), el("figcaption", {}, [titled(row), byline(row)].filter(Boolean).join(", ")));
  }

  // Two works side by side: the one that the list is about first.
  function pair(told, one, list) {
    const sides = [mine(one.mine), theirs(told, one.theirs)];
    const closer = (one.percentile / 10).toFixed(1);
    return el("li", { class: "beside" }, el("div", { class: "sides" }, list === "inside" ? sides.reverse() : sides),
      el("p", { class: "small" }, one.same ? "The same picture" : `Closer than ${closer} % of all pairs of works here${one.kin ? `; ${one.kin.toLocaleString("en")} kin` : ""}`));
  }

  function lists(told, chosen) {
    const shown = LISTS.find(([name]) => name === chosen) || LISTS[0];
    const body = el("div", {});
    const buttons = LISTS.map(([name, label]) => el("button", { type: "button", onclick: () => choose(name) }, label));
    function choose(name) {
      const [, label, said] = LISTS.find((one) => one[0] === name);
      buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(LISTS[at][0] === name)));
      const pairs = told[name];
      body.replaceChildren(el("p", { class: "small" }, said), pairs.length ? el("ol", { class: "pairs" }, pairs.map((one) => pair(told, one, name))) : el("p", { class: "notice" }, "There is no such work."));
      readdress("collections", "", { list: name });
      say(`${label}: ${count(pairs.length, "work")}`);
    }
    choose(shown[0]);
    return [el("div", { class: "axes", role: "group", "aria-label": "Which works" }, buttons), body];
  }

  function show(host, where) {
    let ended = false;
    const field = el("input", { id: "other", name: "other", required: true, autocomplete: "off", spellcheck: "false", placeholder: "/home/me/other pictures" });
    const button = el("button", { type: "submit" }, "Compare");
    const found = el("div", { class: "compared" });
    const form = el("form", { class: "other", onsubmit: async (event) => {
      event.preventDefault();
      button.disabled = true;
      const job = await live.start("compare", { other: field.value.trim() });
      button.disabled = false;
      if (job && !ended) await draw();
    } }, el("label", { for: "other" }, "Folder of the other collection"), field, button);
    host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "Compare"),
      el("p", {}, "Which works have kin in another folder, which are only here, and what of theirs lies inside the style of this collection? The other folder is only read.")), form, found);

    async function draw() {
      const told = await live.request("compared").catch(() => null);
      if (ended || !told) return;
      field.value ||= told.other;
      found.replaceChildren(el("h2", {}, `Beside ${told.name}`), figures(told), ...lists(told, whereabouts().query.get("list") || where.query.get("list")));
    }
    draw();
    return { end: () => (ended = true) };
  }

  return { name: "Compare", show, available: () => live !== undefined };
})();
