// What this is, and how far to believe it.
"use strict";

artbyol.views.about = (() => {
  const { el, data, count, total } = artbyol;

  // Text with its web addresses as links.
  function linked(text) {
    return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/).map((part, at) => (at % 2 ? el("a", { href: part, rel: "noopener noreferrer" }, part) : part));
  }

  function verdict(about) {
    const judged = about.verdict;
    if (!about.trained) return [el("p", {}, "The pretrained encoder was used as it is; it was not trained on these works, so there is no verdict.")];
    if (!judged) return [el("p", {}, "The encoder was trained on this collection. There is no verdict on what that changed: the works were too few, or too alike, to hold some out.")];
    return [
      el("p", {}, [judged.said, judged.meaning, `kept: ${judged.kept}`].map((one) => `${one[0].toUpperCase()}${one.slice(1)}.`).join(" ")),
      el("p", { class: "small" }, `Judged without labels on ${count(judged.works, "work")} held out of the fits they are asked of; in brackets 95 % intervals.`),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "The verdict in figures" }, el("table", {}, el("thead", {}, el("tr", {}, ["Measure", ...judged.stages].map((one) => el("th", { scope: "col" }, one)))),
        el("tbody", {}, judged.measures.map(([name, ...values]) => el("tr", {}, el("th", { scope: "row" }, name), values.map((one) => el("td", {}, one))))))),
    ];
  }

  // What the owner says of the collection.
  function owner({ text, credit, licence }) {
    const facts = [["Credit", credit], ["Licence", licence]].filter(([, said]) => said);
    return [
      ...text.map((paragraph) => el("p", { class: "owner" }, linked(paragraph))),
      facts.length ? el("dl", { class: "facts" }, facts.map(([name, said]) => el("div", {}, el("dt", {}, name), el("dd", {}, linked(said))))) : null,
    ];
  }

  function groups(about) {
    const numbers = artbyol.granularity.offered();
    const finer = numbers.length > 1 ? ` On request there are also ${artbyol.list(numbers.filter((one) => one !== about.groups).map(String))}: they are not better, only coarser or finer.` : "";
    return `${count(about.groups, "group")} by ${artbyol.method()}: ${about.criterion}.${finer} A group is headed by the artists or the folder of most of its works, where few others share them, and otherwise by what sets it apart. “Least typical” are works whose cosine to their group's centre is unusually small (Tukey 1977).`;
  }

  function show(host) {
    const { about, map } = data.works;
    host.append(el("div", { class: "intro prose" },
      el("h1", { tabindex: -1 }, "About"),
      el("p", { class: "lead" }, `${about.title}: ${count(total(), "work")}, arranged so that works made in a similar way lie side by side.`),
      owner(about),
      el("h2", {}, "How to read it"),
      el("p", {}, `A computer compared ${about.files === total() ? "the pictures" : `the works (in ${count(about.files, "file")})`} by style: brushwork, line, palette and surface. It finds works that look alike in how they were made. It is not an expert, and style is not authorship.`),
      el("p", {}, "A number beside a work, such as 98.2, means: it is closer to the work shown than 98.2 % of all pairs of works in this collection are to each other."),
      el("h2", {}, "The groups"),
      el("p", {}, groups(about)),
      el("h2", {}, "The map"),
      el("p", {}, map.trustworthiness === null ? "There are too few works to say how far the map can be trusted."
        : `A map has two dimensions and style has many more, so no map is right everywhere. Trustworthiness ${map.trustworthiness.toFixed(3)}: near 1, works side by side on the map are close in style. Continuity ${map.continuity.toFixed(3)}: near 1, works close in style are side by side on the map. (Venna and Kaski 2001; the ten nearest of each work.) If in doubt, trust the list beside a work, not the map. Long distances mean little.`),
      el("p", { class: "small" }, `${map.method}. Lines enclose where the works of one group are dense and in the majority.`),
      el("h2", {}, "The encoder"), verdict(about),
      about.follows.length ? [el("h2", {}, "What neighbours follow"), ...about.follows.map((line) => el("p", {}, line))] : [],
      el("p", { class: "small" }, `Model ${about.model}. Made by artbyol ${about.version} on ${about.made}.`)));
    return {};
  }

  return { name: "About", show };
})();
