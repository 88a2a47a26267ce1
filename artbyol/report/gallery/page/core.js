// What all views share: the data, elements, addresses, words. Everything hangs on one name, `artbyol`.
"use strict";

const artbyol = (() => {
  const data = {};
  const waiting = {};
  const loading = {};
  const views = {};

  // Called by the data files, which are scripts because a page opened from a disc may load no other kind.
  function receive(name, value) {
    data[name] = value;
    if (waiting[name]) waiting[name](value);
  }

  const policy = window.trustedTypes
    ? window.trustedTypes.createPolicy("artbyol", {
        createScriptURL(url) {
          if (url.startsWith("blob:")) return url; // a worker of this page's own
          if (!/^pages-[0-9a-f]+\/data\/[a-z]+(\/\d+)?\.js$/.test(url)) throw new TypeError(url);
          return url;
        },
      })
    : { createScriptURL: (url) => url };

  // Load one more data file; a promise of what is in it.
  function load(name) {
    loading[name] ??= new Promise((resolve, reject) => {
      if (data[name]) return resolve(data[name]);
      waiting[name] = resolve;
      const element = document.createElement("script");
      element.src = policy.createScriptURL(`${document.body.dataset.folder}/data/${name}.js`);
      element.onerror = () => reject(new Error(`${name}.js is missing`));
      document.head.append(element);
    });
    return loading[name];
  }

  // What one script adds to the views of another: functions that make an element, or null, of what a view shows.
  // Places: "tile" (of a row, on the wall), "work" (of a row, below its label), "groups" (above all of
  // them), "wall" (of its filter and the rows that are left).
  const extras = { tile: [], work: [], groups: [], wall: [] };
  const extra = (place, ...shown) => extras[place].map((make) => make(...shown)).filter(Boolean);

  // Keys that work in every view: [key as an event has it, key as written, what it does, function of the event]; the
  // function answers false where the key does nothing there.
  const keys = [];

  // A worker that runs this text: a page opened from a disc may run none that lies beside it.
  const worker = (text) => new Worker(policy.createScriptURL(URL.createObjectURL(new Blob([text], { type: "text/javascript" }))));

  // An element; children are nodes or text, and text is never taken for HTML.
  function el(tag, properties = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "class") node.className = value;
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  // Addresses: #/view/argument?name=value
  function address(view, argument = "", query = {}) {
    const parts = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) if (one !== "" && one !== undefined && one !== null) parts.append(name, one);
    const text = parts.toString();
    return `#/${view}${argument ? `/${encodeURIComponent(argument)}` : ""}${text ? `?${text}` : ""}`;
  }

  function whereabouts(hash = location.hash) {
    const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
    const [view, argument = ""] = path.split("/");
    let decoded = argument;
    try {
      decoded = decodeURIComponent(argument);
    } catch {
      // what somebody mistyped stays as it is
    }
    return { view: view === "ideas" ? "walks" : view || "wall", argument: decoded, query: new URLSearchParams(query) };
  }

  // Change the address without leaving a step behind for the back button.
  function readdress(view, argument, query) {
    const hash = address(view, argument, query);
    if (hash === location.hash) return;
    history.replaceState(history.state, "", hash);
    artbyol.shown = hash;
  }

  const remembered = {
    get(name) {
      try {
        return localStorage.getItem(`artbyol ${name}`);
      } catch {
        return null; // a browser that keeps nothing for files
      }
    },
    set(name, value) {
      try {
        localStorage.setItem(`artbyol ${name}`, value);
      } catch {
        // then it holds until the page is closed
      }
    },
  };
  const theme = remembered.get("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function say(text) {
    document.getElementById("said").textContent = text;
  }

  function count(number, one, many = `${one}s`) {
    return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  }

  const METHODS = { leiden: "Leiden", kmeans: "k-means", ward: "Ward's method", hdbscan: "HDBSCAN" };
  const method = () => METHODS[data.works.about.method] || data.works.about.method;

  function list(words) {
    return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
  }

  // Works, by their row.
  const works = () => data.works.works;
  const total = () => works().id.length;
  let rows = null;
  let gone = null;

  function rowOf(id) {
    if (!rows) rows = new Map(works().id.map((one, row) => [one, row]));
    return rows.get(id);
  }

  const column = (name, row) => (works()[name] ? works()[name][row] : undefined);
  const aspect = (row) => works().width[row] / works().height[row];
  const file = (row) => works().name[row].slice(works().name[row].lastIndexOf("/") + 1);
  const folder = (row) => works().name[row].slice(0, Math.max(0, works().name[row].lastIndexOf("/")));
  const stem = (row) => file(row).replace(/\.[A-Za-z0-9]{1,5}$/, "").replace(/_+/g, " ").trim() || file(row);
  let stems;
  function called(row) { // where files share a name, their folders tell them apart
    if (!stems) {
      stems = new Map();
      for (let other = 0; other < works().name.length; other++) stems.set(stem(other), (stems.get(stem(other)) || 0) + 1);
    }
    return stems.get(stem(row)) > 1 && folder(row) ? `${folder(row)}/${stem(row)}` : stem(row);
  }
  const titled = (row) => column("title", row) || called(row);
  const artist = (row) => column("artist", row) || "";
  const year = (row) => column("year", row) ?? null;
  const groupOf = (row) => column("group", row) || 0;
  const groupName = (number) => data.works.groups.find((group) => group.number === number)?.name || "";
  const dated = (row) => column("date", row) || (year(row) === null ? "" : String(year(row)));
  const byline = (row) => [artist(row), dated(row)].filter(Boolean).join(", ");
  const spoken = (row) => [titled(row), byline(row)].filter(Boolean).join(", ");
  const tint = (row) => column("colour", row) || "";

  function isAbsent(row) {
    if (!gone) gone = new Set(works().absent);
    return gone.has(row);
  }

  function picture(row, large = false) {
    const folders = data.works.folders;
    const id = works().id[row];
    if (large && folders.length === 1 && artbyol.live) return `picture/1600/${id}.jpg`; // made when it is asked for
    return `${folders[large && folders.length > 1 ? 1 : 0]}/${id.slice(0, 2)}/${id}.jpg`;
  }

  // The small picture of a work, its colour until it is there; one that is missing is named instead.
  function thumbnail(row, alt = spoken(row)) {
    if (isAbsent(row)) return el("span", { class: "missing" }, titled(row));
    const image = el("img", { alt, loading: "lazy", decoding: "async", draggable: "false" });
    image.width = Math.round(240 * Math.min(3, aspect(row)));
    image.height = Math.round(image.width / aspect(row)) || 1;
    image.style.backgroundColor = tint(row);
    image.src = picture(row);
    return image;
  }

  const open = (row) => address("work", works().id[row]);

  function palette(colours, name = "Colours") {
    const said = colours.map(([hex, share]) => `${hex} ${Math.round(share / 10)} %`).join(", ");
    const strip = el("div", { class: "palette", role: "img", "aria-label": `${name}: ${said}`, title: said });
    for (const [hex, share] of colours) {
      const part = el("span");
      part.style.backgroundColor = hex;
      part.style.flexGrow = Math.max(share, 20);
      strip.append(part);
    }
    return strip;
  }

  async function details(row) {
    const piece = data.works.piece;
    return (await load(`details/${Math.floor(row / piece)}`))[row % piece];
  }

  return {
    data, views, receive, load, worker, extras, extra, keys, el, address, whereabouts, readdress, remembered, calm, say, count, list, method,
    works, total, rowOf, column, aspect, file, folder, titled, artist, year, dated, groupOf, groupName, byline, spoken, tint,
    isAbsent, picture, thumbnail, open, palette, details,
  };
})();
