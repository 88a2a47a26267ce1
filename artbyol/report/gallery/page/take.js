// Taking chosen works along: as files where a server can make them, as a table or a list of names anywhere.
"use strict";

artbyol.take = (() => {
  const { el, data, works, titled, artist, dated, groupOf, groupName, column, count, notice } = artbyol;

  const COLUMNS = [
    ["path", (row) => works().name[row]],
    ["title", (row) => column("title", row) || ""],
    ["artist", artist],
    ["date", dated],
    ["group", (row) => groupName(groupOf(row))],
    ["star", (row) => (artbyol.marks.starred(row) ? "yes" : "")],
    ["note", (row) => artbyol.marks.note(row)],
    ["work", (row) => works().id[row]],
  ];

  // A cell of a table: quoted where it must be, and never taken for a formula.
  function cell(value) {
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  const table = (rows) => [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, of]) => cell(of(row))))].map((line) => `${line.join(",")}\r\n`).join("");

  function save(name, text) {
    const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
    const link = el("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  async function copy(rows, box) {
    const text = rows.map((row) => works().name[row]).join("\n");
    try {
      await navigator.clipboard.writeText(text);
      box.close();
      notice("taken", `${count(rows.length, "name")} copied.`);
    } catch {
      const field = el("textarea", { rows: 8, readonly: true, "aria-label": "Names of the files" });
      field.value = text;
      box.append(el("p", { class: "small" }, "This browser does not let a page copy. Here are the names:"), field);
      field.select();
    }
  }

  // What a server makes: [what, its name, what it is, whether one says where].
  const MADE = [
    ["folder", "Folder of copies", "The files themselves, in a folder of their own", true],
    ["links", "Folder of links", "Links to the files; takes no room", true],
    ["gallery", "Gallery", "Pages like these, of these works alone", true],
    ["sheet", "Contact sheet", "A PDF to print or to send", false],
    ["keywords", "Keywords", "Their groups, as XMP keywords beside the files, for Lightroom, digiKam and others", false],
  ];

  async function made(what, ids, to, box, undo = false) {
    box?.close();
    const told = await artbyol.live.start("take", { what, works: ids, to, undo });
    if (told?.download) {
      const link = el("a", { href: told.download, download: "" });
      document.body.append(link);
      link.click();
      link.remove();
      notice("taken", "The file is in your downloads.");
    } else if (told && what === "keywords" && !undo) {
      notice(`job ${told.id}`, told.said, { acts: [["Take them out again", () => made(what, ids, null, null, true)]] });
    }
  }

  return (rows) => {
    const ids = rows.map((row) => works().id[row]);
    const name = `${data.works.about.title.replace(/[^\p{L}\p{N} ._-]/gu, "").trim().slice(0, 60) || "works"} selection.csv`;
    const choice = (label, said, act) => el("li", {}, el("button", { type: "button", onclick: act }, el("b", {}, label), el("i", {}, said)));
    const said = rows.length === 1 ? titled(rows[0]) : count(rows.length, "work");
    const server = MADE.filter(() => artbyol.live).map(([what, label, text, asks]) => choice(label, text, () => (asks ? whither(what, label, ids, box) : made(what, ids, null, box))));
    const box = artbyol.grouping.dialog(`Take along ${said}`, el("ul", { class: "choice" },
      choice("Table", "A CSV with names, artists, groups, stars and notes", () => {
        if (artbyol.live) return made("csv", ids, null, box);
        box.close();
        save(name, table(rows));
        return notice("taken", `${count(rows.length, "work")} in “${name}”, in your downloads.`);
      }),
      choice("Names", "The names of the files, copied", () => copy(rows, box)), server));
  };

  // Where a folder is to be made; nothing said: where the server proposes.
  function whither(what, label, ids, box) {
    const form = artbyol.grouping.line("Where, as a path on this computer", "", "Make it", (to) => made(what, ids, to || null, box));
    form.querySelector("input").required = false;
    form.querySelector("input").placeholder = "Empty: beside the collection";
    box.replaceChildren(el("h2", {}, label), form);
    form.querySelector("input").focus();
  }
})();
