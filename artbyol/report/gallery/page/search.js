// Which works a query finds: several words, "phrases", and column:value, in everything that is known of a work.
"use strict";

artbyol.search = (() => {
  const { data, works, total, column, artist, dated, year, groupOf, facets } = artbyol;
  const { fold } = facets;

  let texts = null;
  let of = null; // the columns that the texts were made of

  // All that is said of each work, to be searched. Files' names are searched with spaces, too, where they have lines.
  function everything() {
    if (texts && of === data.columns) return texts;
    of = data.columns;
    const names = new Map(); // of each column its values, folded once
    const more = (of || []).map(({ values, of: places }) => [values.map((value) => fold(String(value))), places]);
    const folded = (text) => {
      if (!names.has(text)) names.set(text, fold(text));
      return names.get(text);
    };
    texts = new Array(total());
    for (let row = 0; row < total(); row += 1) {
      const name = fold(works().name[row]);
      const said = [name, name.replace(/_+/g, " "), fold(column("title", row) || ""), folded(artist(row)), folded(dated(row)), year(row) ?? "", ...(column("tags", row) || []).map(folded)];
      for (const [values, places] of more) {
        const at = places[row];
        if (Array.isArray(at)) for (const one of at) said.push(values[one]);
        else if (at >= 0) said.push(values[at]);
      }
      texts[row] = said.join("\n");
    }
    return texts;
  }

  const said = (group) => (group ? `${group.name}\n${group.label}\n${group.description}` : "");
  const bare = (name) => fold(name).replace(/[^\p{L}\p{N}]/gu, "");

  // The column that is meant by the beginning of its name, in small letters and without spaces.
  function named(name) {
    const wanted = bare(name);
    if (!wanted) return null;
    const every = [{ key: "title", name: "title", values: (row) => [column("title", row) || ""] }, { key: "year", name: "year", values: (row) => [dated(row), String(year(row) ?? "")] }, ...facets.all().map((one) => (one.key === "group" ? { ...one, values: (row) => [said(data.works.groups.find(({ number }) => number === groupOf(row)))] } : one))];
    return every.find((one) => bare(one.name) === wanted) || every.find((one) => wanted.length > 2 && bare(one.name).startsWith(wanted)) || null;
  }

  function parsed(query) {
    const found = [];
    for (const [, name, phrase, word] of query.matchAll(/(?:([^\s:"]+):(?=\S))?(?:"([^"]*)"?|(\S+))/g)) {
      const text = fold(phrase ?? word);
      const facet = name ? named(name) : null;
      if (facet) found.push({ facet, text });
      else if (text || name) found.push({ text: name ? fold(`${name}:${phrase ?? word}`) : text });
    }
    return found;
  }

  // Rows that have all of a query; at most so many.
  function matches(query, limit = Infinity) {
    const parts = parsed(query);
    const every = parts.length ? everything() : null;
    const groups = new Map(data.works.groups.map((group) => [group.number, fold(said(group))]));
    const has = ({ facet, text }, row) => (facet ? facet.values(row).some((value) => fold(String(value)).includes(text)) : every[row].includes(text) || (groups.get(groupOf(row)) || "").includes(text));
    const found = [];
    for (let row = 0; row < total() && found.length < limit; row += 1) if (parts.every((part) => has(part, row))) found.push(row);
    return found;
  }

  return { matches, ready: facets.ready };
})();
