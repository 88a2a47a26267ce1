// Orders of the wall.
"use strict";

artbyol.orders = (() => {
  const { data, works, total, titled, artist, year, groupOf, tint, marks } = artbyol;

  const there = (name) => () => Boolean(works()[name]);
  const ALL = [
    ["", "Style"],
    ["typical", "Typical first", there("typical")],
    ["unusual", "Unusual first", there("typical")],
    ["group", "Group", () => data.works.groups.length > 1],
    ["year", "Year", there("year")],
    ["artist", "Artist", there("artist")],
    ["title", "Title"],
    ["name", "File name"],
    ["colour", "Colour", there("colour")],
    ["starred", "Starred first", () => Boolean(artbyol.marks)],
  ];
  const choices = () => ALL.filter(([, , offered]) => offered?.() ?? true).map(([key, name]) => [key, name]);

  // Around the circle of hues, and what has hardly any colour before it, from dark to light.
  function hue(hex) {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
    const [low, high] = [Math.min(r, g, b), Math.max(r, g, b)];
    if (!hex || high - low < 0.1) return (hex ? high : 1) - 2;
    const turn = high === r ? (g - b) / (high - low) : high === g ? 2 + (b - r) / (high - low) : 4 + (r - g) / (high - low);
    return (turn + 6) % 6;
  }

  let places = null;
  function byStyle(row) {
    if (!places) {
      places = new Int32Array(total());
      data.works.order.forEach((one, at) => (places[one] = at));
    }
    return places[row];
  }

  const collator = new Intl.Collator("en", { numeric: true });
  const text = (of) => (rows) => {
    const said = new Map(rows.map((row) => [row, of(row)]));
    return rows.sort((a, b) => (said.get(a) === "") - (said.get(b) === "") || collator.compare(said.get(a), said.get(b)) || byStyle(a) - byStyle(b));
  };
  const number = (of) => (rows) => {
    const said = new Map(rows.map((row) => [row, of(row)]));
    return rows.sort((a, b) => said.get(a) - said.get(b) || byStyle(a) - byStyle(b));
  };
  const SORT = {
    "": number(byStyle),
    style: number(byStyle), // as older addresses have it
    typical: number((row) => -works().typical[row]),
    unusual: number((row) => works().typical[row]),
    group: number((row) => groupOf(row) || Infinity),
    year: number((row) => year(row) ?? Infinity),
    artist: text(artist),
    title: text(titled),
    name: (rows) => rows.sort((a, b) => a - b),
    colour: number((row) => hue(tint(row))),
    starred: number((row) => (marks.starred(row) ? 0 : 1)),
  };

  const ordered = (rows, order) => (SORT[order] || SORT[""])(rows);
  return { choices, ordered };
})();
