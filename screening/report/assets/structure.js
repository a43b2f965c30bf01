// A cell that turns: balls, bonds of the anion groups and the cell's edges, painted back to front on a canvas.
const ELEMENT_COLOR = { Li: "#009e73", Na: "#009e73", S: "#f0e442", Cl: "#56b4e9", Br: "#d55e00", I: "#cc79a7", P: "#0072b2", O: "#e0624f", Si: "#e69f00", Ge: "#e69f00", F: "#56b4e9" };
const SPARE = ["#e69f00", "#cc79a7", "#0072b2", "#d55e00", "#999999", "#56b4e9"];
const ELEMENT_RADIUS = { Li: 0.42, Na: 0.5, P: 0.42, Si: 0.45, Ge: 0.48, O: 0.5, F: 0.5, S: 0.66, Cl: 0.68, Br: 0.76, I: 0.86 };

function elementColors(elements) {
  const colors = {}, taken = new Set();
  for (const e of elements) {
    const wanted = ELEMENT_COLOR[e];
    const chosen = wanted && !taken.has(wanted) ? wanted : SPARE.find((c) => !taken.has(c)) || "#999999";
    colors[e] = chosen;
    taken.add(chosen);
  }
  return colors;
}

const multiply = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
const turn = (axis, angle) => {
  const c = Math.cos(angle), s = Math.sin(angle);
  return axis === "x" ? [[1, 0, 0], [0, c, -s], [0, s, c]] : [[c, 0, s], [0, 1, 0], [-s, 0, c]];
};
const unit = (v) => { const n = Math.hypot(...v) || 1; return v.map((x) => x / n); };
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** View along a lattice vector, with another one upwards. */
function along(cell, index) {
  const z = unit(cell[index]);
  const x = unit(cross(cell[(index + 2) % 3], z));
  return [x, cross(z, x), z];
}

function structureFigure(figure, picture, row, local) {
  const { cell, elements, atoms, bonds, own } = picture, title = row.label, mobile = ionOf(row);
  const colors = elementColors(elements), hidden = new Set();
  const centre = [0, 1, 2].map((k) => (cell[0][k] + cell[1][k] + cell[2][k]) / 2);
  const corners = [0, 1].flatMap((i) => [0, 1].flatMap((j) => [0, 1].map((k) => [0, 1, 2].map((d) => i * cell[0][d] + j * cell[1][d] + k * cell[2][d] - centre[d]))));
  const edges = corners.flatMap((_, i) => [1, 2, 4].filter((bit) => !(i & bit)).map((bit) => [i, i | bit]));
  const places = atoms.map(([e, x, y, z]) => ({ e: elements[e], p: [x - centre[0], y - centre[1], z - centre[2]] }));
  const reach = Math.max(...corners.map((p) => Math.hypot(...p)), ...places.map((a) => Math.hypot(...a.p) + 0.5)) + 0.2;
  const start = () => multiply(turn("x", 0.36), multiply(turn("y", -0.52), along(cell, 2)));
  let rotation = start();
  // Time-averaged occupation in place of one snapshot: the sites of the coldest temperature that has them.
  const placed = (local || []).find((one) => one.sites.length && one.sites[0].length === 7) || { sites: [], network: [] };
  const sites = placed.sites.map(([kind, share, , , ...f]) => ({
    share, kind, p: [0, 1, 2].map((k) => f[0] * cell[0][k] + f[1] * cell[1][k] + f[2] * cell[2][k] - centre[k]),
  }));
  // The hop network as two halves of each pair, so that a jump across a face begins and ends inside the cell.
  const most = Math.max(1, ...placed.network.map((pair) => pair[5]));
  const hops = placed.network.flatMap(([i, j, a, b, c, count]) => {
    const shift = [0, 1, 2].map((k) => a * cell[0][k] + b * cell[1][k] + c * cell[2][k]);
    const half = sites[i].p.map((x, k) => (sites[j].p[k] + shift[k] - x) / 2);
    return [[sites[i].p, half, 1], [sites[j].p, half, -1]].map(([from, step, sign]) => ({ from, to: from.map((x, k) => x + sign * step[k]), share: count / most }));
  });
  // The density's voxels, each a dot at its middle; the share of the time they hold is in the caption.
  const cloudy = placed.density;
  const voxels = !cloudy ? [] : cloudy.voxels.map((flat, i) => {
    const [, nb, nc] = cloudy.shape, f = [Math.floor(flat / (nb * nc)), Math.floor(flat / nc) % nb, flat % nc].map((n, k) => (n + 0.5) / cloudy.shape[k]);
    return { level: Number(cloudy.levels[i]) / 9, p: [0, 1, 2].map((k) => f[0] * cell[0][k] + f[1] * cell[1][k] + f[2] * cell[2][k] - centre[k]) };
  });
  const voxelRadius = !cloudy ? 0 : 0.6 * Math.max(...cloudy.shape.map((n, k) => Math.hypot(...cell[k]) / n));
  let averaged = false, networked = false, dense = false, moving = false;
  // Of a boundary: ions of layers that are slower than their crystal, as fast, and faster.
  const speeds = picture.mobility && picture.mobility.log.some(known) ? picture.mobility : null;
  const fillOf = (atom, i) => (!moving || atom.e !== mobile || !known(speeds.log[i]) ? colors[atom.e] : speedColor(speeds.log[i]));
  const counts = elements.map((e, i) => atoms.slice(0, own).filter((a) => a[0] === i).length);
  const canvas = el("canvas", { tabindex: 0, role: "img",
    "aria-label": `${title}: cell of ${own} atoms (${elements.map((e, i) => `${counts[i]} ${e}`).join(", ")}), ${cell.map((v) => Math.hypot(...v).toFixed(2)).join(" by ")} Ångström. Arrow keys turn it.` });

  const paint = () => {
    const width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
    if (!width) return;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, width * ratio / 2, height * ratio / 2);
    const scale = Math.min(width, height) / 2 / reach;
    const project = (p) => rotation.map((row) => row[0] * p[0] + row[1] * p[1] + row[2] * p[2]);
    const style = getComputedStyle(document.documentElement);
    const line = style.getPropertyValue("--soft").trim();
    const ends = corners.map(project), spots = places.map((a) => project(a.p));
    // Depth cue: what is far fades a little into the card.
    const fade = (z) => 0.55 + 0.45 * Math.min(1, Math.max(0, (z + reach) / (2 * reach)));
    const things = edges.map(([a, b]) => ({ z: (ends[a][2] + ends[b][2]) / 2 - 0.5, paint: () => strokeLine(context, ends[a], ends[b], scale, line, 1, 0.6) }));
    places.forEach((atom, i) => {
      if (hidden.has(atom.e) || ((averaged || dense) && atom.e === mobile)) return;
      things.push({ z: spots[i][2], paint: () => ball(context, spots[i], scale, ELEMENT_RADIUS[atom.e] || 0.6, fillOf(atom, i), fade(spots[i][2])) });
    });
    if (averaged && !hidden.has(mobile)) {
      for (const site of sites) {
        const at = project(site.p);
        things.push({ z: at[2], paint: () => cloud(context, at, scale, 0.75, colors[mobile] || "#009e73", Math.min(1, site.share || 0)) });
      }
    }
    if (dense && !hidden.has(mobile)) {
      for (const voxel of voxels) {
        const at = project(voxel.p);
        things.push({ z: at[2], paint: () => dot(context, at, scale, voxelRadius, colors[mobile] || "#009e73", 0.08 + 0.6 * voxel.level ** 2) });
      }
    }
    if (networked) {
      const ink = style.getPropertyValue("--c1").trim();
      for (const hop of hops) {
        const from = project(hop.from), to = project(hop.to);
        things.push({ z: (from[2] + to[2]) / 2, paint: () => strokeLine(context, from, to, scale, ink, 1 + 5 * Math.sqrt(hop.share), 0.35 + 0.5 * hop.share) });
      }
    }
    for (const [a, b] of bonds) {
      if (hidden.has(places[a].e) || hidden.has(places[b].e)) continue;
      const middle = [0, 1, 2].map((k) => (spots[a][k] + spots[b][k]) / 2);
      things.push({ z: Math.min(spots[a][2], middle[2]), paint: () => strokeLine(context, spots[a], middle, scale, colors[places[a].e], 4.5, fade(middle[2])) });
      things.push({ z: Math.min(spots[b][2], middle[2]), paint: () => strokeLine(context, middle, spots[b], scale, colors[places[b].e], 4.5, fade(middle[2])) });
    }
    things.sort((p, q) => p.z - q.z).forEach((thing) => thing.paint());
    ["a", "b", "c"].forEach((name, i) => {
      const tipOf = ends[[4, 2, 1][i]];
      context.globalAlpha = 1;
      context.fillStyle = style.getPropertyValue("--ink").trim();
      context.font = "italic 13px system-ui, sans-serif";
      context.fillText(name, tipOf[0] * scale * 1.06 - 4, -tipOf[1] * scale * 1.06 + 4);
    });
  };
  const spin = (dx, dy) => { rotation = multiply(turn("x", dy), multiply(turn("y", dx), rotation)); paint(); };
  canvas.rotationOf = () => rotation;
  drag(canvas, spin);
  const view = (label, make) => el("button", { type: "button", "aria-label": `View ${label}`, on: { click: () => { rotation = make(); paint(); } } }, label);
  const average = sites.length > 0 && el("button", { type: "button", "aria-pressed": "false", on: { click(event) {
    averaged = !averaged;
    event.currentTarget.setAttribute("aria-pressed", String(averaged));
    paint();
  } } }, "occupied sites");
  const density = voxels.length > 0 && el("button", { type: "button", "aria-pressed": "false", on: { click(event) {
    dense = !dense;
    event.currentTarget.setAttribute("aria-pressed", String(dense));
    paint();
  } } }, "ion density");
  const network = hops.length > 0 && el("button", { type: "button", "aria-pressed": "false", on: { click(event) {
    networked = !networked;
    // The network joins mean places, not those of one moment.
    if (networked && !averaged) average.click();
    event.currentTarget.setAttribute("aria-pressed", String(networked));
    paint();
  } } }, "hop network");
  const speed = speeds && el("button", { type: "button", "aria-pressed": "false", on: { click(event) {
    moving = !moving;
    event.currentTarget.setAttribute("aria-pressed", String(moving));
    paint();
  } } }, "mobility");
  const chips = elements.map((e, i) => el("button", { type: "button", "aria-pressed": "true", title: `Show or hide ${e}`, on: { click(event) {
    const button = event.currentTarget;
    if (hidden.has(e)) hidden.delete(e); else hidden.add(e);
    button.setAttribute("aria-pressed", String(!hidden.has(e)));
    paint();
  } } }, swatch(colors[e]), `${e} ${counts[i]}`));
  figure.classList.add("structure");
  figure.replaceChildren(
    el("div", { class: "fig-head" }, el("h3", {}, "Structure"), el("span", { class: "seg", role: "group", "aria-label": "View" },
      view("tilted", start), view("a", () => along(cell, 0)), view("b", () => along(cell, 1)), view("c", () => along(cell, 2)))),
    canvas, el("div", { class: "species", role: "group", "aria-label": "Elements" }, chips),
    el("div", { class: "seg" }, average, density, network, speed), el("figcaption", {}, `${picture.which}; cell ${cell.map((v) => Math.hypot(...v).toFixed(2)).join(" × ")} Å. Drag or use the arrow keys to turn it. Anion groups are completed across the cell's faces.${hops.length ? ` Hop network at ${placed.T} K: the ${placed.network.length} busiest pairs of sites, thicker where ions jump more.` : ""}${cloudy ? ` Ion density at ${placed.T} K: ${cloudy.share ? `where the ions are ${Math.round(100 * cloudy.share)} % of their time` : "its densest places"}, darker where they are more (up to ${num(cloudy.highest, 2)} per Å³).` : ""}${speeds ? ` Mobility at ${speeds.T} K: ions blue in layers that are slower than their crystal, red in faster ones, full colour at a factor of ten. Space charge is not in it.` : ""}`));
  paint();
  new ResizeObserver(paint).observe(canvas);
}

/** From blue, ten times slower than the crystal, over grey to red, ten times faster. */
function speedColor(log) {
  const share = Math.min(1, Math.abs(log)), end = log < 0 ? [0, 90, 181] : [196, 60, 0];
  return "#" + end.map((x) => Math.round(190 + (x - 190) * share).toString(16).padStart(2, "0")).join("");
}

function swatch(background) {
  const dot = el("i", { "aria-hidden": "true" });
  dot.style.background = background;
  return dot;
}

function dot(context, at, scale, radius, fill, alpha) {
  context.globalAlpha = alpha;
  context.fillStyle = fill;
  context.beginPath();
  context.arc(at[0] * scale, -at[1] * scale, radius * scale, 0, 2 * Math.PI);
  context.fill();
}

function strokeLine(context, a, b, scale, stroke, width, alpha) {
  context.globalAlpha = alpha;
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(a[0] * scale, -a[1] * scale);
  context.lineTo(b[0] * scale, -b[1] * scale);
  context.stroke();
}

function ball(context, p, scale, radius, fillColor, alpha) {
  const x = p[0] * scale, y = -p[1] * scale, r = radius * scale;
  context.globalAlpha = 1;
  const shine = context.createRadialGradient(x - r * 0.35, y - r * 0.4, r * 0.05, x, y, r);
  shine.addColorStop(0, mix(fillColor, "#ffffff", 0.55));
  shine.addColorStop(0.45, mix(fillColor, "#ffffff", 0.25 * (1 - alpha)));
  shine.addColorStop(1, mix(fillColor, "#20262c", 0.3));
  context.fillStyle = shine;
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = "#0005";
  context.lineWidth = 0.7;
  context.stroke();
}

/** A site that is occupied part of the time: the fuller, the denser. */
function cloud(context, p, scale, radius, fillColor, share) {
  const x = p[0] * scale, y = -p[1] * scale, r = radius * scale;
  const glow = context.createRadialGradient(x, y, 0, x, y, r);
  glow.addColorStop(0, fillColor);
  glow.addColorStop(1, fillColor + "00");
  context.globalAlpha = 0.15 + 0.8 * share;
  context.fillStyle = glow;
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  context.fill();
}

function mix(a, b, share) {
  const parts = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const [p, q] = [parts(a), parts(b)];
  return `rgb(${p.map((x, i) => Math.round(x + (q[i] - x) * share)).join(",")})`;
}

function drag(canvas, spin) {
  let last = null;
  canvas.addEventListener("pointerdown", (event) => { last = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    spin((event.clientX - last[0]) * 0.01, (event.clientY - last[1]) * 0.01);
    last = [event.clientX, event.clientY];
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { last = null; });
  const keys = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.12], ArrowDown: [0, 0.12] };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    spin(...keys[event.key]);
  });
}
