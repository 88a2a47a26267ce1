// Kin of a picture that is brought along, in a gallery without a server: a worker reads the picture and ranks the works.
// In a gallery made without `--with-search` this does nothing, and `artbyol.ask` stays undefined.
"use strict";

(() => {
  if (document.body.dataset.search === undefined || document.body.dataset.live !== undefined) return;
  const { load, works, rowOf, column } = artbyol;

  const waiting = new Map(); // number of a question -> what waits for its answer
  let asked = 0;
  let worker = null;
  const ready = {}; // by name, promises of data the worker has

  // A promise of the worker's answer.
  function tell(does, what) {
    return new Promise((resolve, reject) => {
      waiting.set(++asked, { resolve, reject });
      worker.postMessage({ number: asked, does, ...what });
    });
  }

  async function begin() {
    const { script } = await load("engine");
    if (!window.Worker || !window.OffscreenCanvas || !window.DecompressionStream || !window.WebAssembly) {
      throw new Error("This browser is too old to look at a picture by itself. One of the last three years can.");
    }
    await new Promise((resolve, reject) => {
      const refused = "This browser does not let the page of a folder look at a picture. Open the gallery in another browser, or put it on a web host.";
      try {
        worker = artbyol.worker(script);
      } catch {
        return reject(new Error(refused));
      }
      worker.onerror = () => {
        reject(new Error(refused));
        for (const { reject: failed } of waiting.values()) failed(new Error("This browser has stopped looking at pictures. Load the page again."));
        waiting.clear();
      };
      worker.onmessage = ({ data: { number, answer, error } }) => {
        const { resolve: done, reject: failed } = waiting.get(number);
        waiting.delete(number);
        if (error) failed(new Error(error));
        else done(answer);
      };
      tell("hello", {}).then(resolve, reject); // it runs
    });
  }

  // Have the worker know a data file.
  function give(name) {
    ready[name] ??= (async () => {
      ready.worker ??= begin();
      await ready.worker;
      await tell("take", { name, value: await load(name) });
    })();
    return ready[name];
  }

  const named = new Map(); // names of what was brought, by "upload:N"

  // Have the worker know all it needs to read a picture.
  async function prepare() {
    for (const name of ["vectors", "axes", "network", "engine"]) await give(name);
  }

  // Pictures from outside -> as the server answers: [{upload, name, width, height, preview, error}], in their order.
  async function upload(files) {
    await prepare();
    return Promise.all([...files].map(async (file) => {
      const name = file.name || "pasted picture";
      try {
        const { number, width, height } = await tell("read", { file });
        named.set(`upload:${number}`, name);
        return { upload: `upload:${number}`, name, width, height, preview: URL.createObjectURL(file), error: null };
      } catch (error) {
        return { upload: null, name, width: null, height: null, preview: null, error: error.message };
      }
    }));
  }

  // As the server answers: `like` and `unlike` are ids of works or of uploads; `files` are more to be like, read first.
  async function ask({ like = [], unlike = [], files = [], by = "style", across = null, k = 24 }) {
    const brought = files.length ? await upload(files) : [];
    const wrong = brought.find((one) => one.error);
    if (wrong) throw new Error(wrong.error);
    const asking = [...like, ...brought.map((one) => one.upload)];
    if (!asking.length) throw new Error("There is no picture to look for.");
    await give("vectors");
    await give("axes");
    const answer = await tell("ask", { like: asking.map(subject), unlike: unlike.map(subject), by, origins: across ? origins(across) : null, k });
    const near = answer.near.map(([row, ...shares]) => [works().id[row], ...shares]);
    const query = asking.map((one) => (named.has(one) ? { upload: one, name: named.get(one) } : { id: one, name: works().name[rowOf(one)] }));
    return { ...answer, near, query, same: answer.same.map((row) => works().id[row]), words: [] };
  }

  function subject(one) {
    if (named.has(one)) return { upload: Number(one.slice("upload:".length)) };
    if (rowOf(one) === undefined) throw new Error("That picture is no longer here. Bring it again.");
    return { work: rowOf(one) };
  }

  // Of each work where it is from: the first subfolder, or what a column says; nothing said is from one place.
  function origins(across) {
    return works().name.map((name, row) => {
      if (across === "folders") return [name.includes("/") ? name.slice(0, name.indexOf("/")) : ""];
      const said = column(across, row);
      const values = Array.isArray(said) ? said : said === undefined || said === null || said === "" ? [] : [String(said)];
      return values.length ? values : [""];
    });
  }

  // While a picture is still held over the page, there is time to begin.
  document.addEventListener("dragenter", () => prepare().catch(() => {}), { once: true }); // what fails is told when asked

  artbyol.upload = upload;
  artbyol.ask = ask;
})();
