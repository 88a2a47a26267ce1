// The answer to "what is kin to these": to works, to pictures from outside, or to both together.
"use strict";

artbyol.views.kin = (() => {
  const {
    el, data, works, rowOf, titled, artist, byline, folder, thumbnail, picture, isAbsent, open, address, palette, list, count, say, extra, extras,
    keys, whereabouts, marks, drop, pair,
  } = artbyol;

  const AT_ONCE = 24; // kin
  const MOST = 192;
  const percent = (tenths) => (tenths === null || tenths === undefined ? "–" : (tenths / 10).toFixed(1));
  const parts = (text) => [...new Set((text || "").split(",").filter(Boolean))];
  const outside = (part) => part.includes(":"); // a picture that is no work of the collection

  function read(where) {
    const by = where.query.get("by");
    return {
      like: parts(where.query.get("like")), unlike: parts(where.query.get("unlike")),
      by: data.works.axes.includes(by) ? by : data.works.axes[0],
      across: where.query.get("across") || null,
      k: Math.max(1, Math.min(MOST, Number(where.query.get("k")) || AT_ONCE)),
    };
  }

  const written = ({ like, unlike, by, across, k }) => address("kin", "", {
    like: like.join(","), unlike: unlike.join(","), by: by === data.works.axes[0] ? "" : by, across, k: k === AT_ONCE ? "" : k,
  });
  const go = (asked) => (location.hash = written(asked));

  const nameOf = (part, told) => (outside(part)
    ? drop.taken.get(part)?.name || told?.query?.find((one) => one.upload === part)?.name || "a picture"
    : rowOf(part) === undefined ? "a work that is gone" : titled(rowOf(part)));

  const previewOf = (part, told) => drop.taken.get(part)?.preview || told?.query?.find((one) => one.upload === part)?.preview;

  const long = (row) => (row !== undefined && artbyol.aspect(row) > 2.8 ? "long" : "");

  // One picture of the question, with what can be done about it.
  function asked(part, query, told) {
    const less = query.unlike.includes(part);
    const name = nameOf(part, told);
    const preview = previewOf(part, told);
    const row = outside(part) ? undefined : rowOf(part);
    const shown = outside(part) ? (preview ? el("img", { src: preview, alt: name }) : el("span", { class: "missing" }, name))
      : row === undefined ? el("span", { class: "missing" }, name) : el("a", { href: open(row), class: "plate" }, thumbnail(row, name));
    const without = (some) => some.filter((one) => one !== part);
    const turned = { ...query, like: less ? [...query.like, part] : without(query.like), unlike: less ? without(query.unlike) : [...query.unlike, part] };
    const left = { ...query, like: without(query.like), unlike: without(query.unlike) };
    return el("li", { class: [less ? "less" : "", long(row)].join(" ").trim() }, shown, el("p", { class: "name" }, name),
      el("p", { class: "acts" },
        turned.like.length ? el("button", { type: "button", class: "quiet", "aria-pressed": String(less), "aria-label": `Less like this: ${name}`, onclick: () => go(turned) }, "Less like this") : null,
        left.like.length ? el("button", { type: "button", class: "quiet", "aria-label": `Remove ${name}`, onclick: () => go(left) }, "Remove") : null));
  }

  function axes(query) {
    const some = data.works.axes;
    return el("div", { class: "axes", role: "group", "aria-label": "Alike in" }, some.map((axis) =>
      el("button", { type: "button", "aria-pressed": String(axis === query.by), onclick: () => go({ ...query, by: axis }) }, axis[0].toUpperCase() + axis.slice(1))));
  }

  // Whether kin from where the works of the question are may be left out, and how.
  function elsewhere(query) {
    const rows = query.like.map(rowOf).filter((row) => row !== undefined);
    const choices = [["", "From everywhere"]];
    if (rows.length && works().name.some((_, row) => folder(row) !== folder(0))) choices.push(["folders", "From other folders only"]);
    if (rows.some((row) => artist(row)) && new Set(works().artist).size > 1) choices.push(["artist", "By other artists only"]);
    if (choices.length < 2) return null;
    const field = el("select", { "aria-label": "Kin from where", onchange: () => go({ ...query, across: field.value || null }) }, choices.map(([value, said]) => el("option", { value }, said)));
    field.value = query.across || "";
    return field;
  }

  // One of the kin.
  function item([id, ...shares], at, told, query) {
    const row = rowOf(id);
    if (row === undefined) return null;
    const share = shares[data.works.axes.indexOf(told.by || query.by)];
    const more = (sign, name, less) => el("button", { type: "button", class: "quiet", "aria-label": `${name} like ${titled(row)}`, title: `${name} like this ( ${sign} )`, onclick: () => drop.include(less ? [] : [id], less ? [id] : []) }, sign);
    const beyond = told.kin !== null && told.kin !== undefined && at >= told.kin;
    const image = thumbnail(row, "");
    image.style.maxHeight = `${4 * works().height[row]}px`; // a tiny picture is not blown up
    return el("li", { class: [beyond ? "beyond" : "", artbyol.aspect(row) > 1.6 ? "broad" : "", long(row)].join(" ").trim() },
      el("div", { class: "framed" }, el("a", { href: open(row), class: "plate", "aria-label": `${artbyol.spoken(row)}, ${percent(share)}` }, image), extra("tile", row)),
      el("p", { class: "name" }, el("b", {}, titled(row)), el("i", {}, byline(row))),
      el("p", { class: "acts" }, el("span", { class: "percentile", title: `Closer than ${percent(share)} % of all pairs of works in this collection` }, percent(share)),
        el("button", { type: "button", class: "quiet", "aria-label": `Why ${titled(row)} is kin`, onclick: () => why(row, shares, told, query) }, "Why?"), more("+", "More"), more("−", "Less", true)));
  }

  // The two side by side, and in what they are alike.
  async function why(row, shares, told, query) {
    const first = query.like[0];
    const mine = outside(first) ? { colours: told.colours } : await artbyol.details(rowOf(first)).catch(() => ({}));
    const theirs = await artbyol.details(row).catch(() => ({}));
    const side = (image, name, facts) => el("figure", {}, image, el("figcaption", {}, name), facts.colours?.length ? palette(facts.colours, `Colours of ${name}`) : null);
    const shown = [outside(first) ? el("img", { src: previewOf(first, told), alt: nameOf(first, told) }) : full(rowOf(first)), full(row)];
    const alone = query.like.length === 1;
    const where = alone && artbyol.live && !isAbsent(row) ? () => artbyol.live.request(`where/${first}/${works().id[row]}`) : null;
    const box = artbyol.grouping.dialog(alone ? "Why these two" : "Why it is kin to these",
      el("div", { class: "two" }, side(shown[0], nameOf(first, told), mine), side(shown[1], titled(row), theirs)),
      el("div", { class: "told" }, alone ? null : el("p", { class: "small" }, `Compared with all ${query.like.length.toLocaleString("en")} together; the first is shown.`),
        el("p", { class: "verdict" }, pair.verdict(shares)), pair.bars(shares),
        el("p", { class: "acts" }, where ? pair.places(shown, where, []) : null,
          alone && !outside(first) ? el("button", { type: "button", onclick: () => (box.close(), artbyol.compare(rowOf(first), row)) }, "Both large") : null,
          el("a", { href: open(row), onclick: () => box.close() }, "Open the work"))));
    box.classList.add("pairing");
  }

  function full(row) {
    if (isAbsent(row)) return el("span", { class: "missing" }, titled(row));
    const image = el("img", { alt: titled(row), src: picture(row, true), width: works().width[row], height: works().height[row] });
    image.style.backgroundColor = artbyol.tint(row);
    return image;
  }

  function answer(told, query) {
    const rows = told.near.map(([id]) => rowOf(id)).filter((row) => row !== undefined);
    artbyol.sequence = rows;
    const same = (told.left_out || told.same || []).map(rowOf).filter((row) => row !== undefined && !query.like.includes(works().id[row]));
    const items = told.near.map((near, at) => item(near, at, told, query)).filter(Boolean);
    const kin = told.kin ?? items.length;
    const line = kin >= items.length ? null : el("p", { class: "ends" }, kin
      ? "Here likeness ends: what follows is no more alike than chance would have it. Of those above, about one in ten is by chance."
      : "None of these is more alike than chance would have it: they are merely the nearest.");
    const more = told.near.length === query.k && query.k < Math.min(MOST, artbyol.total()) ? el("p", {}, el("button", { type: "button", onclick: () => go({ ...query, k: 2 * query.k }) }, "Show more")) : null;
    say(`${count(rows.length, "work")} closest in ${query.by}${told.kin === null || told.kin === undefined ? "" : `; ${kin.toLocaleString("en")} more alike than chance`}`);
    return [
      told.colours?.length || told.words?.length ? el("div", { class: "seen" }, told.colours?.length ? palette(told.colours) : null, told.words?.length ? el("p", {}, list(told.words)) : null) : null,
      same.length ? el("p", { class: "small" }, "The same picture is in the collection: ", same.map((row, at) => [at ? ", " : "", el("a", { href: open(row) }, titled(row))]).flat(), ".") : null,
      el("p", { class: "small explained" }, `98.2 means: closer in ${query.by} than 98.2 % of all pairs of works in this collection.`),
      kin ? el("ol", { class: "kin" }, items.slice(0, kin)) : null, line,
      kin < items.length ? el("ol", { class: "kin", start: kin + 1 }, items.slice(kin)) : null, more,
    ].filter(Boolean);
  }

  function show(host, where) {
    const query = read(where);
    const all = [...query.like, ...query.unlike];
    if (!artbyol.ask || !query.like.length) {
      host.append(el("div", { class: "intro" }, el("h1", { tabindex: -1 }, "Kin"), el("p", {}, artbyol.ask
        ? "Drop a picture anywhere, paste one, or choose one: the works most like it are shown. Or choose works on the wall, and ask for the kin of these."
        : "This gallery does not look for the kin of pictures. Open the collection with `artbyol open`, or make the gallery again with `--with-search`."),
      artbyol.ask ? el("p", {}, el("button", { type: "button", onclick: drop.choose }, "Choose a picture")) : null));
      return {};
    }
    let ended = false;
    const heading = el("h1", { tabindex: -1 });
    const question = el("ul", { class: "posed" });
    const found = el("div", { class: "answer", "aria-busy": "true" }, el("p", { class: "notice" }, "Looking for its kin …"));
    const draw = (told) => {
      heading.textContent = query.like.length === 1 ? `Kin of ${nameOf(query.like[0], told)}` : `Kin of ${count(query.like.length, "picture")} together`;
      question.replaceChildren(...all.map((part) => asked(part, query, told)),
        el("li", { class: "add" }, el("button", { type: "button", onclick: drop.choose }, "Add a picture"), el("p", { class: "small" }, "or drop it here; a work of the collection, too")));
    };
    draw(null);
    host.append(el("section", { class: "question" }, heading, question), el("div", { class: "bar" }, axes(query), elsewhere(query)), found);
    artbyol.ask(query).then((told) => {
      if (ended) return;
      if (all.some(outside)) draw(told);
      found.replaceChildren(...answer(told, query));
    }).catch((error) => {
      if (ended) return;
      found.replaceChildren(el("p", { class: "notice" }, error.message));
      say(error.message);
    }).finally(() => found.removeAttribute("aria-busy"));
    const links = () => [...host.querySelectorAll(".kin .plate")];
    return {
      busy: () => found.hasAttribute("aria-busy"),
      end: () => (ended = true),
      key(event) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step || !links().length) return false;
        const at = links().indexOf(document.activeElement);
        links()[Math.max(0, Math.min(links().length - 1, at + (at < 0 && step < 0 ? 1 : step)))].focus();
        return true;
      },
    };
  }

  const onWork = (act) => () => {
    const row = marks.meant();
    return artbyol.ask && row !== undefined ? act(works().id[row]) && undefined : false;
  };
  const inView = (act) => () => (whereabouts().view === "kin" ? onWork(act)() : false);
  keys.push(["k", "k", "the kin of the work in focus", onWork((id) => go({ ...read({ query: new URLSearchParams() }), like: [id] }))]);
  keys.push(["+", "+ −", "among kin: more, or less, like the work in focus", inView((id) => (drop.include([id], []), true))]);
  keys.push(["-", "", "", inView((id) => (drop.include([], [id]), true))]);

  extras.work.push((row) => (artbyol.ask ? el("p", { class: "links" }, el("a", { href: address("kin", "", { like: works().id[row] }), title: "k" }, "More of its kin")) : null));

  return { name: "Kin", show };
})();
