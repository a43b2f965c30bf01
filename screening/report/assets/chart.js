// One small chart: bands, lines, points with error bars and limits, drawn as SVG at the width it is shown in.
// Relative commands only: many marks are joined into one path.
const SHAPES = {
  circle: (r) => `m${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`,
  square: (r) => `m${-r * 0.9},${-r * 0.9}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`,
  diamond: (r) => `m0,${-1.3 * r}l${1.3 * r},${1.3 * r}l${-1.3 * r},${1.3 * r}l${-1.3 * r},${-1.3 * r}z`,
  up: (r) => `m0,${-1.2 * r}l${1.15 * r},${2.1 * r}h${-2.3 * r}z`,
  star: (r) => `m${-1.2 * r},0h${2.4 * r}m${-1.2 * r},${-1.2 * r}v${2.4 * r}m${-0.85 * r},${-2.05 * r}l${1.7 * r},${1.7 * r}m0,${-1.7 * r}l${-1.7 * r},${1.7 * r}`,
  down: (r) => `m0,${1.2 * r}l${1.15 * r},${-2.1 * r}h${-2.3 * r}z`,
};
const SHAPE_ORDER = ["circle", "square", "diamond", "up", "down"];
const color = (i) => `var(--c${i % 7})`;

/**
 * Fill a figure with a chart.
 * spec: {title, describe, caption, name, height, x, y, top, layers, legend, csv: {columns, rows}, controls}
 * axis: {label, log, domain}; top: {label, ticks: [[x, text]]}
 * layers: {type: "band"|"line"|"points"|"span"|"vline"|"hline"|"text", ...}
 */
function chart(figure, spec) {
  const plot = el("div", { class: "plot" });
  const tools = el("span", {},
    el("button", { type: "button", class: "save", "aria-label": `Save ${spec.title} as SVG`, on: { click: () => exportSVG(plot, spec.name) } }, "SVG"),
    spec.csv && el("button", { type: "button", class: "save", "aria-label": `Save the data of ${spec.title} as CSV`,
      on: { click: () => save(fileName(spec.name) + ".csv", "text/csv", toCSV(spec.csv.columns, spec.csv.rows)) } }, "CSV"));
  figure.classList.remove("empty-card");
  figure.replaceChildren(
    el("div", { class: "fig-head" }, el("h3", {}, spec.title), spec.controls, tools), plot,
    el("figcaption", {}, spec.caption || ""));
  let width = 0;
  const paint = () => {
    const now = Math.round(plot.clientWidth);
    if (!now || now === width) return;
    width = now;
    plot.replaceChildren(draw(plot, spec, width));
  };
  paint();
  new ResizeObserver(paint).observe(plot);
  hover(plot);
}

function draw(plot, spec, width) {
  const narrow = width < 440;
  const legend = layoutLegend(spec.legend || [], width);
  const height = (spec.height || (narrow ? 300 : 340)) + legend.height;
  const box = { left: spec.y.left || (spec.y.log ? 70 : 62), right: width - 14, top: (spec.top ? 40 : 10) + legend.height, bottom: height - 46 };
  const sx = makeScale(spec.x, box.left, box.right), sy = makeScale(spec.y, box.bottom, box.top);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spec.describe, "font-size": 12.5,
    "font-family": "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" });
  const clip = "clip" + Math.random().toString(36).slice(2);
  root.append(svg("clipPath", { id: clip }, svg("rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top })));
  drawAxes(root, spec, box, sx, sy, width, height);
  const inner = svg("g", { "clip-path": `url(#${clip})` });
  root.append(inner);
  plot.marks = [];
  const placed = [], covered = [];
  for (const layer of spec.layers) LAYERS[layer.type](layer.unclipped ? root : inner, layer, { sx, sy, box, marks: plot.marks, placed, covered });
  root.append(legend.group);
  plot.size = [width, height];
  return root;
}

function drawAxes(root, spec, box, sx, sy, width, height) {
  const grid = svg("g", { stroke: "var(--grid)" }), text = svg("g", { fill: "var(--soft)" });
  for (const [value, label] of sx.ticks) {
    const x = sx(value);
    grid.append(svg("line", { x1: x, x2: x, y1: box.top, y2: box.bottom }));
    text.append(svg("text", { x, y: box.bottom + 17, "text-anchor": "middle" }, label));
  }
  const yTicks = spec.y.ticks || sy.ticks;
  for (const [value, label, length] of yTicks) {
    const y = sy(value);
    grid.append(svg("line", { x1: box.left, x2: box.right, y1: y, y2: y }));
    text.append(svg("text", { x: box.left - 7, y: y + 4, "text-anchor": "end" }, spec.y.formulas ? formulaSpans(label, length) : label));
  }
  const middle = (box.left + box.right) / 2;
  text.append(svg("text", { x: middle, y: height - 8, "text-anchor": "middle", fill: "var(--ink)" }, spec.x.label));
  if (spec.y.label) {
    const at = (box.top + box.bottom) / 2;
    text.append(svg("text", { transform: `translate(14,${at}) rotate(-90)`, "text-anchor": "middle", fill: "var(--ink)" }, spec.y.label));
  }
  if (spec.top) {
    let last = -Infinity;
    for (const [value, label] of spec.top.ticks.filter(([v]) => sx.inside(v)).sort((a, b) => sx(a[0]) - sx(b[0]))) {
      const x = sx(value);
      if (x - last < 38) continue;
      last = x;
      grid.append(svg("line", { x1: x, x2: x, y1: box.top - 5, y2: box.top, stroke: "var(--soft)" }));
      text.append(svg("text", { x, y: box.top - 9, "text-anchor": "middle" }, label));
    }
    text.append(svg("text", { x: middle, y: box.top - 27, "text-anchor": "middle", fill: "var(--ink)" }, spec.top.label));
  }
  root.append(grid, svg("rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, fill: "none", stroke: "var(--line)" }), text);
}

/** A label as SVG text, the numbers of its first `length` characters, a formula, as subscripts. */
function formulaSpans(text, length = text.length) {
  const parts = text.slice(0, length).split(/(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)/);
  const spans = parts.flatMap((part, i) => (i % 2 ? [svg("tspan", { dy: "0.25em", "font-size": "0.78em" }, part), svg("tspan", { dy: "-0.195em" }, "\u200b")] : [part]));
  return [...spans, text.slice(length)];
}

const path = (points, sx, sy) => points.filter(([x, y]) => known(sx(x)) && known(sy(y)))
  .map(([x, y], i) => (i ? "L" : "M") + sx(x).toFixed(1) + "," + sy(y).toFixed(1)).join("");

const LAYERS = {
  band(root, { points, color, opacity = 0.18 }, { sx, sy }) {
    const usable = points.filter((p) => p.every(known));
    if (usable.length < 2) return;
    const upper = path(usable.map(([x, , hi]) => [x, hi]), sx, sy);
    const lower = path(usable.map(([x, lo]) => [x, lo]).reverse(), sx, sy).replace("M", "L");
    root.append(svg("path", { d: upper + lower + "z", fill: color, opacity }));
  },
  line(root, { points, color, dash, width = 2, opacity }, { sx, sy }) {
    root.append(svg("path", { d: path(points, sx, sy), fill: "none", stroke: color, "stroke-width": width, "stroke-dasharray": dash, opacity, "stroke-linejoin": "round" }));
  },
  // Many straight lines as one element: a thousand elements would be felt.
  lines(root, { lines, color, width = 1, opacity = 0.5 }, { sx, sy }) {
    root.append(svg("path", { d: lines.map((points) => path(points, sx, sy)).join(""), fill: "none", stroke: color, "stroke-width": width, opacity }));
  },
  points(root, { points, color, shape = "circle", r = 4.5, hollow, opacity }, { sx, sy, marks, covered, box }) {
    const bars = [], shapes = [], arrows = [];
    for (const p of points) {
      const x = sx(p.x), y = sy(p.y);
      if (!known(x) || !known(y)) continue;
      if (known(p.lo) && known(p.hi)) {
        const y0 = Math.min(sy(p.lo), box.bottom + 20), y1 = sy(p.hi);
        if (known(y0) && known(y1)) covered.push([x - 3, y1, x + 3, y0]);
        if (known(y0) && known(y1)) bars.push(`M${x.toFixed(1)},${y0.toFixed(1)}V${y1.toFixed(1)}m-3,0h6M${(x - 3).toFixed(1)},${y0.toFixed(1)}h6`);
      }
      if (known(p.left) && known(p.right)) bars.push(`M${sx(p.left).toFixed(1)},${y.toFixed(1)}H${sx(p.right).toFixed(1)}m0,-3v6M${sx(p.left).toFixed(1)},${(y - 3).toFixed(1)}v6`);
      if (p.quiet) continue;
      covered.push([x - r, y - r, x + r, y + (p.limit ? 17 : r)]);
      if (p.bar) { marks.push({ x, y, tip: p.tip, id: p.id }); continue; }
      if (p.limit) arrows.push(`M${(x - 6).toFixed(1)},${y.toFixed(1)}h12M${x.toFixed(1)},${y.toFixed(1)}v17m-4,-6l4,6l4,-6`);
      else shapes.push(`M${x.toFixed(1)},${y.toFixed(1)}` + SHAPES[shape](r));
      marks.push({ x, y, tip: p.tip, id: p.id });
    }
    if (bars.length) root.append(svg("path", { d: bars.join(""), stroke: color, "stroke-width": 1.4, fill: "none", opacity }));
    if (arrows.length) root.append(svg("path", { d: arrows.join(""), stroke: color, "stroke-width": 1.8, fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round", opacity }));
    if (shapes.length) root.append(svg("path", { d: shapes.join(""), fill: hollow ? "var(--card)" : color, stroke: hollow || shape === "star" ? color : "var(--card)", "stroke-width": hollow || shape === "star" ? 1.8 : 1, opacity }));
  },
  span(root, { from, to, label }, { sx, box }) {
    const x0 = sx(from), x1 = sx(to);
    root.append(svg("rect", { x: x0, width: Math.max(1, x1 - x0), y: box.top, height: box.bottom - box.top, fill: "var(--c4)", opacity: 0.13 }));
    if (label) root.append(svg("text", { x: x1 - 6, y: box.bottom - 8, "text-anchor": "end", fill: "var(--soft)", "font-size": 11.5 }, label));
  },
  vline(root, { x, label, side = "end" }, { sx, box }) {
    root.append(svg("line", { x1: sx(x), x2: sx(x), y1: box.top, y2: box.bottom, stroke: "var(--soft)", "stroke-dasharray": "2 4" }));
    if (label) root.append(svg("text", { x: sx(x) + (side === "end" ? -5 : 5), y: box.top + 15, "text-anchor": side, fill: "var(--soft)", "font-size": 11.5 }, label));
  },
  text(root, { x, y, label, formula, dx = 8, dy = -8, anchor = "start" }, { sx, sy, placed, covered, box }) {
    const wide = label.length * 6.4, hits = ([l, t, r, b], [l2, t2, r2, b2]) => l < r2 && l2 < r && t < b2 && t2 < b;
    const at = (side, down) => {
      const left = sx(x) + (side === "end" ? -Math.abs(dx) - wide : side === "start" ? Math.abs(dx) : -wide / 2);
      return { side, down, area: [left, sy(y) + down - 11, left + wide, sy(y) + down + 2] };
    };
    // Beside its point, else on the other side, else farther off; where it would cover another label it is left out: the point has its tip.
    const around = [at(anchor, dy), at(anchor, 16), ...["start", "end"].flatMap((side) => [at(side, dy), at(side, 16)]), at("middle", -14), at("middle", 24), at(anchor, -22), at(anchor, 30)];
    const free = around.filter(({ area }) => !placed.some((other) => hits(area, other)));
    const inside = free.filter(({ area }) => area[0] > box.left && area[2] < box.right && area[1] > box.top && area[3] < box.bottom);
    const chosen = inside.find(({ area }) => !covered.some((other) => hits(area, other))) || inside[0] || free[0];
    if (!chosen) return;
    placed.push(chosen.area);
    const where = chosen.side === "end" ? chosen.area[2] : chosen.side === "start" ? chosen.area[0] : sx(x);
    root.append(svg("text", { x: where, y: sy(y) + chosen.down, "text-anchor": chosen.side, fill: "var(--ink)", "font-size": 11.5, "paint-order": "stroke", stroke: "var(--card)", "stroke-width": 3 }, formula ? formulaSpans(label, formula) : label));
  },
};

function layoutLegend(items, width) {
  const group = svg("g", {});
  let x = 4, y = 10;
  for (const item of items) {
    const label = item.label.length > 44 ? item.label.slice(0, 43) + "…" : item.label;
    const size = 30 + label.length * 6.9;
    if (x > 4 && x + size > width) { x = 4; y += 20; }
    const mark = svg("g", { transform: `translate(${x + 9},${y})` });
    if (item.fill) mark.append(svg("rect", { x: -9, y: -6, width: 18, height: 12, fill: item.color, opacity: item.opacity || 0.2 }));
    if (item.line) mark.append(svg("line", { x1: -9, x2: 9, y1: 0, y2: 0, stroke: item.color, "stroke-width": 2, "stroke-dasharray": item.dash }));
    if (item.bar) mark.append(svg("path", { d: "M-4,-7h8M0,-7v14M-4,7h8", stroke: item.color, "stroke-width": 1.8, fill: "none" }));
    if (item.limit) mark.append(svg("path", { d: "M-6,-6h12M0,-6v13m-4,-5l4,5l4,-5", stroke: item.color, "stroke-width": 1.8, fill: "none" }));
    if (item.shape) mark.append(svg("path", { d: "M0,0" + SHAPES[item.shape](4.5), fill: item.hollow ? "var(--card)" : item.color, stroke: item.hollow || item.shape === "star" ? item.color : "var(--card)", "stroke-width": item.hollow || item.shape === "star" ? 1.8 : 1 }));
    group.append(mark, svg("text", { x: x + 23, y: y + 4, fill: "var(--ink)" }, item.formula ? formulaSpans(label, item.formula.length) : label));
    x += size + 6;
  }
  return { group, height: items.length ? y + 12 : 0 };
}

const tip = document.getElementById("tip");
function hover(plot) {
  const nearest = (event) => {
    const box = plot.getBoundingClientRect();
    if (!plot.size || !plot.marks) return null;
    const k = plot.size[0] / box.width;
    const x = (event.clientX - box.left) * k, y = (event.clientY - box.top) * k;
    let best = null, least = 24 ** 2;
    for (const mark of plot.marks) {
      const d = (mark.x - x) ** 2 + (mark.y - y) ** 2;
      if (d < least) { least = d; best = mark; }
    }
    return best;
  };
  const hide = () => { tip.hidden = true; plot.classList.remove("clickable"); };
  plot.addEventListener("pointermove", (event) => {
    const mark = nearest(event);
    if (!mark || !mark.tip) { hide(); return; }
    tip.textContent = mark.tip;
    tip.hidden = false;
    plot.classList.toggle("clickable", Boolean(mark.id));
    const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    const top = event.clientY + tip.offsetHeight + 24 > window.innerHeight ? event.clientY - tip.offsetHeight - 12 : event.clientY + 16;
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = top + "px";
  });
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("click", (event) => {
    const mark = nearest(event);
    if (mark && mark.id) { hide(); open(mark.id); }
  });
}

/** The drawn figure as a file of its own: colours of the page's style sheet become plain ones. */
function exportSVG(plot, name) {
  const copy = plot.querySelector("svg").cloneNode(true);
  const style = getComputedStyle(document.documentElement);
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("width", plot.size[0]);
  copy.setAttribute("height", plot.size[1]);
  copy.style.background = style.getPropertyValue("--card").trim();
  for (const node of copy.querySelectorAll("*")) {
    for (const attribute of ["fill", "stroke"]) {
      const match = /^var\((--[\w-]+)\)$/.exec(node.getAttribute(attribute) || "");
      if (match) node.setAttribute(attribute, style.getPropertyValue(match[1]).trim());
    }
  }
  save(fileName(name) + ".svg", "image/svg+xml", new XMLSerializer().serializeToString(copy));
}
