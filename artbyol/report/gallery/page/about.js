// What this is, and how far to believe it.
"use strict";

artbyol.views.about = (() => {
  const { el, data, count, total } = artbyol;

  function verdict(about) {
    const judged = about.verdict;
    if (!about.trained) return [el("p", {}, "The pretrained encoder was used as it is; it was not trained on these works, so there is no verdict.")];
    if (!judged) return [el("p", {}, "The encoder was trained on this collection. There is no verdict on what that changed: the works were too few, or too alike, to hold some out.")];
    return [
      el("p", {}, [judged.said, judged.meaning, `kept: ${judged.kept}`].map((one) => `${one[0].toUpperCase()}${one.slice(1)}.`).join(" ")),
      el("p", { class: "small" }, `Judged without labels on ${count(judged.works, "work")} held out of the fits they are asked of; in brackets 95 % intervals.`),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "The verdict in figures" }, el("table", {}, el("thead", {}, el("tr", {}, ["", ...judged.stages].map((one) => el("th", { scope: "col" }, one)))),
        el("tbody", {}, judged.measures.map(([name, ...values]) => el("tr", {}, el("th", { scope: "row" }, name), values.map((one) => el("td", {}, one))))))),
    ];
  }

  function show(host) {
    const { about, map, groups } = data.works;
    const percent = (share) => share.toFixed(3);
    host.append(el("div", { class: "intro prose" },
      el("h1", { tabindex: -1 }, "About"),
      el("p", {}, `${count(total(), "work")} in ${count(about.files, "file")}, arranged by style: brushwork, line, palette and surface, as an encoder sees them. It finds works that look alike in how they were made. This is not an expert opinion, and style is not authorship.`),
      el("h2", {}, "Numbers"),
      el("p", {}, "A number beside a work, such as 98.2, means: it is closer to the work shown than 98.2 % of all pairs of works in this collection are to each other."),
      el("h2", {}, "The map"),
      el("p", {}, map.trustworthiness === null ? "There are too few works to say how far the map can be trusted."
        : `A map has two dimensions and style has many more, so no map is right everywhere. Trustworthiness ${percent(map.trustworthiness)}: near 1, works side by side on the map are close in style. Continuity ${percent(map.continuity)}: near 1, works close in style are side by side on the map. (Venna and Kaski 2001; the ten nearest of each work.) If in doubt, trust the list beside a work, not the map. Long distances mean little.`),
      el("p", { class: "small" }, `${map.method}. Lines enclose where the works of one group are dense and in the majority.`),
      el("h2", {}, "The groups"),
      el("p", {}, `${count(groups.length, "group")} by ${artbyol.method()}; ${about.criterion}.`),
      el("h2", {}, "The encoder"), verdict(about),
      about.follows.length ? [el("h2", {}, "What neighbours follow"), ...about.follows.map((line) => el("p", {}, line))] : [],
      el("p", { class: "small" }, `Model ${about.model}. Made by artbyol ${about.version} on ${about.made}.`)));
    return {};
  }

  return { name: "About", show };
})();
