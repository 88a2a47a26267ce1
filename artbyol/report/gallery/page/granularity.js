// How coarse or fine the groups are: those that were found, or fewer or more. All views show the ones that are chosen.
"use strict";

artbyol.granularity = (() => {
  const { el, data, works, load, whereabouts, say, count } = artbyol;

  let found = null; // what a gallery opens with: {groups, group}
  let chosen = 0; // number of groups chosen instead; 0: those found

  const own = () => (found ? found.groups.length : data.works.groups.length);
  const kept = () => artbyol.live?.state?.kept;
  const offered = () => (kept() || !data.works.groupings?.length ? [] : [...data.works.groupings, own()].sort((a, b) => a - b));
  const asked = () => (chosen ? { in: chosen } : {}); // of an address with the number of a group
  const wish = () => (chosen && !kept() ? { k: chosen } : {}); // of a change of the groups, which keeps those that are shown

  function put({ groups, group }) {
    data.works.groups = groups;
    works().group = group;
    document.dispatchEvent(new Event("regrouped"));
  }

  async function choose(number) {
    if (!offered().includes(number) || number === (chosen || own())) return false;
    const others = number === own() ? null : await load("groupings");
    found ||= { groups: data.works.groups, group: works().group };
    chosen = number === own() ? 0 : number;
    put(chosen ? others[data.works.groupings.indexOf(number)] : found);
    return true;
  }

  // The groups to be shown when a server says which there are: kept ones as they are.
  function shown({ groups, group, kept: now }) {
    if (now) {
      chosen = 0;
      found = null;
    } else if (found) found = { groups, group };
    return chosen ? { groups: data.works.groups, group: works().group } : { groups, group };
  }

  // An address may say how many groups its number is of.
  async function follow() {
    const number = Number(whereabouts().query.get("in")) || 0;
    if (number && number !== (chosen || own()) && (await choose(number).catch(() => false))) artbyol.refresh();
  }
  window.addEventListener("hashchange", follow);

  // Buttons from coarse to fine; the address of the view says which one is pressed.
  function control(view) {
    const numbers = offered();
    if (numbers.length < 2) return null;
    const now = chosen || own();
    const button = (number) => el("button", {
      type: "button", "aria-pressed": String(number === now), "aria-label": `${count(number, "group")}${number === own() ? ", as found" : ""}`, title: number === own() ? "As found" : null,
      async onclick() {
        if (!(await choose(number))) return;
        artbyol.readdress(view, "", asked());
        artbyol.refresh();
        document.querySelector(".granularity [aria-pressed=true]")?.focus();
        say(`${count(number, "group")} shown`);
      },
    }, number, number === own() ? el("span", { "aria-hidden": "true" }, "•") : null);
    return el("div", { class: "granularity", role: "group", "aria-label": "Coarser or finer groups" }, el("span", {}, "Coarser"), numbers.map(button), el("span", {}, "Finer"));
  }

  return { offered, asked, wish, shown, choose, follow, control, isFound: () => !chosen };
})();
