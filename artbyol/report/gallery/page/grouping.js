// Editing groups, where a server keeps them: names, notes, merging, splitting, moving works, and taking any of it back.
"use strict";

artbyol.grouping = (() => {
  const { el, data, works, groupOf, thumbnail, count, notice, keys, extras, titled } = artbyol;

  const FEW = 8; // groups that are listed without a field to find one
  const PINNED = "Pinned works stay in their group whatever happens";
  const available = () => Boolean(artbyol.live);
  const groups = () => data.works.groups;
  const members = (number) => [...works().id.keys()].filter((row) => groupOf(row) === number);

  // Ask for a change of the groups as this window shows them, and offer to take it back.
  async function act(change) {
    const state = await artbyol.live.change("groups", { ...artbyol.granularity.wish(), ...change, seen: artbyol.live.state?.version });
    if (state) notice("group", state.said, { acts: state.undo ? [["Undo", undo]] : [] });
    return state;
  }

  function undo() {
    return act({ do: "undo" });
  }

  function dialog(title, ...content) {
    const box = el("dialog", { class: "editing", "aria-labelledby": "editing" },
      el("header", {}, el("h2", { id: "editing" }, title), el("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => box.close() }, "×")), content);
    box.addEventListener("click", (event) => event.target === box && box.close()); // beside it
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
    return box;
  }

  // Groups to choose one of; a field finds one where there are many.
  function picker(label, some, chosen) {
    const entry = (group) => el("li", {}, el("button", { type: "button", onclick: () => chosen(group) },
      group.typical.length ? thumbnail(group.typical[0], "") : el("span", { class: "missing" }),
      el("span", {}, el("b", {}, group.name), el("i", {}, count(members(group.number).length, "work")))));
    const list = el("ul", { class: "picker" }, some.map(entry));
    const field = some.length > FEW ? el("input", { type: "search", placeholder: "Find a group", "aria-label": `${label}: find a group`, oninput() {
      const text = field.value.trim().toLowerCase();
      list.replaceChildren(...some.filter((group) => group.name.toLowerCase().includes(text)).map(entry));
    } }) : null;
    return el("section", { "aria-label": label }, el("h3", {}, label), field, list);
  }

  // A field with a button; Enter does the same.
  function line(label, value, button, done, { many = false, first = false } = {}) {
    const field = el(many ? "textarea" : "input", { "aria-label": label, autofocus: first && window.matchMedia("(hover: hover)").matches, maxlength: many ? 10000 : 200, rows: many ? 2 : undefined, required: !many, autocomplete: "off" });
    field.value = value;
    return el("form", { class: "line", onsubmit(event) {
      event.preventDefault();
      done(field.value.trim());
    } }, el("label", {}, el("span", {}, label), field), el("button", {}, button));
  }

  const kept = () => artbyol.live.state?.kept;
  const keeping = () => (kept() ? null : el("p", { class: "small" }, "These groups were found. The first change keeps them as they are shown; later works join them."));

  function edit(group) {
    const others = groups().filter((other) => other.number !== group.number);
    const rows = members(group.number);
    const pinned = new Set(artbyol.live.state?.pinned || []);
    const free = rows.filter((row) => !pinned.has(works().id[row])).length;
    const done = (change) => {
      box.close();
      return act({ group: group.number, ...change });
    };
    const button = (label, does, title) => el("button", { type: "button", title, onclick: () => done({ do: does }) }, label);
    const box = dialog(group.name, keeping(),
      line("Name", group.given ? group.name : "", "Rename", (name) => done({ do: "name", name })),
      line("Note", group.note || "", "Keep the note", (text) => done({ do: "note", text }), { many: true }),
      el("p", { class: "acts" },
        rows.length > 1 ? button("Split in two", "split") : null,
        free ? button("Pin its works", "pin", PINNED) : null,
        free < rows.length ? button("Unpin its works", "unpin") : null,
        button("Dissolve", "dissolve", "Its works are in no group then")),
      others.length ? picker("Merge into", others, (other) => done({ do: "merge", into: other.number })) : null);
  }

  // Chosen works: into a group of their own, or into one that is there.
  function gather(rows) {
    const ids = rows.map((row) => works().id[row]);
    const said = rows.length === 1 ? titled(rows[0]) : count(rows.length, "work");
    const done = async (change) => {
      box.close();
      if (await act({ works: ids, ...change })) artbyol.tray.remove(rows);
    };
    const button = (label, does, title) => el("button", { type: "button", title, onclick: () => done({ do: does }) }, label);
    const box = dialog(`Group ${said}`, keeping(), line("New group", "", "Make it", (name) => done({ do: "new", name }), { first: true }),
      el("p", { class: "acts" }, button("Pin where they are", "pin", PINNED), button("Unpin", "unpin")),
      picker("Move into", groups(), (group) => done({ do: "move", into: group.number })));
  }

  // What belongs beside a group, on the groups view and on the wall of its works.
  function controls(group, said = "Edit") {
    return available() ? el("button", { type: "button", class: "quiet", "aria-label": `${said}: ${group.name}`, onclick: () => edit(group) }, said) : null;
  }

  // What belongs above all groups: keeping them as they were found, and taking back what was changed.
  function bar() {
    if (!available()) return null;
    const line_ = el("p", { class: "links" });
    const fill = () => {
      const state = artbyol.live.state;
      line_.replaceChildren(...[
        state && !state.kept ? el("button", { type: "button", class: "quiet", title: "They keep their works from now on; new works join them", onclick: () => act({ do: "keep" }) }, "Keep these groups") : "",
        state?.undo ? el("button", { type: "button", class: "quiet", onclick: undo }, `Undo: ${state.undo}`) : ""]);
    };
    const filled = () => (line_.isConnected ? fill() : document.removeEventListener("state", filled));
    document.addEventListener("state", filled);
    fill();
    return line_;
  }

  keys.push(["g", "g", "put the chosen works into a group", () => (available() && artbyol.tray.rows().length ? gather(artbyol.tray.rows()) : false)]);
  keys.push(["u", "u", "take the last change of the groups back", () => (available() && artbyol.live.state?.undo ? undo() && undefined : false)]);
  extras.groups.push(bar);
  extras.wall.push(({ picked }) => {
    const group = picked.group?.length === 1 && groups().find((one) => String(one.number) === picked.group[0]);
    return group ? controls(group, "Edit this group") : null;
  });

  return { available, controls, gather, edit, dialog, line };
})();
