// Tiles of a large scan, loaded for what is looked at: of a gallery made with --zoom, or from a server when asked for.
"use strict";

// What paints them over a work's large copy, or null where there are none; `again` is called when one has arrived.
artbyol.deep = (row, again) => {
  const { data, works } = artbyol;

  const TILE = 512;
  const MOST = 220; // tiles that are kept
  const [width, height, id] = [works().width[row], works().height[row], works().id[row]];
  const longer = Math.max(width, height);
  const copy = Number((data.works.folders[1] || data.works.folders[0]).split("-").pop());
  const ours = data.works.zoomed?.includes(row);
  if (!ours && !(artbyol.live && longer > 1.5 * Math.max(1600, copy))) return null;
  const from = ours ? `images/zoom-${TILE}/${id.slice(0, 2)}/${id}` : `tiles/${id}`;
  const last = Math.ceil(Math.log2(Math.max(longer, 2))); // the level of the original; each has half of the next
  const tiles = new Map(); // address -> image, the longest unused first

  function tile(address) {
    let image = tiles.get(address);
    if (image) tiles.delete(address);
    else {
      image = new Image();
      image.onload = again;
      image.src = address;
    }
    tiles.set(address, image);
    while (tiles.size > MOST) tiles.delete(tiles.keys().next().value);
    return image.complete && image.naturalWidth ? image : null;
  }

  // The picture spans (wide, high) of the plane that `view` shows.
  function paint(context, view, size, wide, high) {
    const drawn = Math.max(wide, high) * view.scale; // longer side as it is shown, px
    if (drawn <= (ours ? copy : 1600)) return; // the copy is sharp enough
    const wanted = Math.min(last, Math.max(0, Math.ceil(Math.log2(drawn / longer) + last - 0.2)));
    const coarser = Math.ceil(Math.log2(copy / longer) + last + 1e-9); // below it there are no tiles
    for (const level of new Set([Math.max(coarser, wanted - 1), Math.max(coarser, wanted)])) {
      const shrunk = 2 ** (last - level);
      const [across, down] = [Math.ceil(width / shrunk), Math.ceil(height / shrunk)];
      const unit = (wide * view.scale) / across; // px of the window for one of this level
      const seen = (edge, limit) => Math.max(0, Math.min(limit, Math.floor(edge / unit / TILE)));
      const [x0, x1] = [seen(view.left * view.scale, Infinity), seen(view.left * view.scale + size.width, Math.ceil(across / TILE) - 1)];
      const [y0, y1] = [seen(view.top * view.scale, Infinity), seen(view.top * view.scale + size.height, Math.ceil(down / TILE) - 1)];
      for (let y = y0; y <= y1; y += 1) {
        for (let x = x0; x <= x1; x += 1) {
          const image = tile(`${from}/${level}/${x}_${y}.jpg`);
          if (!image) continue;
          const [left, top] = [Math.round(x * TILE * unit - view.left * view.scale), Math.round(y * TILE * unit - view.top * view.scale)];
          const [right, bottom] = [Math.round(Math.min(across, (x + 1) * TILE) * unit - view.left * view.scale), Math.round(Math.min(down, (y + 1) * TILE) * unit - view.top * view.scale)];
          context.drawImage(image, left, top, right - left, bottom - top);
        }
      }
    }
  }

  return { paint, loaded: () => [...tiles].filter(([, image]) => image.naturalWidth).map(([address]) => address) };
};
