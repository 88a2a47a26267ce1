// What to look at twice: works that stand alone, pictures saved twice, and whether likeness follows files or style.
"use strict";

artbyol.views.check = (() => {
  const { el, data, works, titled, thumbnail, open, load, count } = artbyol;

  const MOST = 60; // pictures of a kind that are shown
  const plates = (rows, name, sequence = rows) => el("div", { class: "plates" }, rows.map((row) => el("a", { href: open(row), class: "plate", title: name(row), onclick: () => (artbyol.sequence = sequence) }, thumbnail(row))));
  const section = (title, ...parts) => el("section", { class: "shelf" }, el("h2", {}, title), parts.flat().filter(Boolean));
  const small = (text) => el("p", { class: "small" }, text);

  function alone({ alone: rows }) {
    return section("Stand alone", rows.length ? [small("Works farthest from their nearest neighbours, the farthest first: something rare, a wrong scan, or not a work at all."), plates(rows, titled)] : small("Too few works to say which stand alone."));
  }

  function twice({ duplicates, copies }) {
    if (!duplicates.length && !copies.length) return section("Saved twice", small("No picture is saved twice."));
    const file = (row) => works().name[row];
    return section("Saved twice",
      duplicates.length ? [small(`${count(duplicates.length, "picture")} saved at another size or quality; the best version first.${duplicates.length > MOST ? ` The first ${MOST}:` : ""}`), el("div", { class: "pairs" }, duplicates.slice(0, MOST).map((group) => plates(group, file)))] : [],
      copies.length ? [small(`${count(copies.length, "work")} with several identical files.`), plates(copies.slice(0, MOST), file, copies)] : []);
  }

  function sources({ follows }) {
    return section("Style, or source?", small("Whether works are close because of how they were made, or because of where their files are from: one scanner, one museum, one size of file."),
      follows.length ? el("div", { class: "prose" }, follows.map((line) => el("p", {}, line))) : small("There are too few works, or all are from one place: nothing can be said."));
  }

  function show(host) {
    host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "Check"), el("p", {}, "What deserves a second look before you trust what you see.")));
    let ended = false;
    load("ideas").then((found) => !ended && host.append(alone(found), twice(found), sources(data.works.about))).catch((error) => host.append(el("p", { class: "notice" }, error.message, ".")));
    return { end: () => (ended = true) };
  }

  return { name: "Check", show };
})();
