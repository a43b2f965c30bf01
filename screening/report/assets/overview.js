// The three figures of the whole campaign.
const K_EV = 8.617333262e-5;
const NAMED = 7, LISTED = 24;
const lnD = ([ln0, energy], T) => Math.exp(ln0 - energy / (K_EV * T));
const temperatureTicks = (list) => ({ label: "temperature (K)", ticks: [...new Set(list)].map((T) => [1000 / T, String(Math.round(T))]) });

function describeSigma(row) {
  if (row.said) return `σ ${row.said.value} (${row.said.low} to ${row.said.high}) mS/cm${row.reach ? "\n" + row.reach.short : ""}`;
  return row.bound ? `σ < ${num(row.bound)} mS/cm` : "σ not known";
}

const isFar = (row) => Boolean(row.reach && row.reach.kind === "far");

/** A row's name: its formula, and what was changed where others have the same. */
const shortLabel = (row, length) => (row.label.length > length ? row.label.slice(0, length - 1) + "…" : row.label);

/** Candidates that get a colour of their own: the best ones that have anything to draw. */
function namedRows(rows) {
  return rows.length <= NAMED ? rows : rows.slice(0, NAMED - 1);
}

function arrheniusOverview() {
  const rows = data.rows.filter((row) => row.points.length || row.bounds.length || row.brackets.length);
  const figure = document.getElementById("fig-arrhenius");
  if (!rows.length) { emptyFigure(figure, "Arrhenius plot", "No temperature of any candidate has a diffusivity or a bound."); return; }
  const named = namedRows(rows), rest = rows.filter((row) => !named.includes(row));
  const all = rows.flatMap((row) => [...row.points, ...row.bounds, ...row.brackets]);
  const temperatures = all.map((p) => p[0]);
  const coldest = Math.min(...temperatures, data.T0), hottest = Math.max(...temperatures);
  const low = Math.min(...temperatures);
  const at0 = rows.filter((row) => row.line).map((row) => lnD(row.line, coldest));
  const layers = [{ type: "vline", x: 1000 / data.T0 }];
  if (rest.length) {
    // Hundreds would otherwise be one grey block: thinner, and without their error bars.
    const crowd = rest.length > 60;
    layers.push({ type: "lines", color: "var(--c-rest)", opacity: crowd ? 0.3 : 0.45, width: crowd ? 0.5 : 1, lines: rest.filter((r) => r.line).map((r) => [hottest, coldest].map((T) => [1000 / T, lnD(r.line, T)])) });
    layers.push({ type: "points", color: "var(--c-rest)", r: crowd ? 1.6 : 2.6, opacity: crowd ? 0.5 : 0.8, points: rest.flatMap((row) => pointsOf(row).map((p) => (crowd ? { ...p, lo: null } : p))) });
    layers.push({ type: "points", color: "var(--c-rest)", opacity: crowd ? 0.35 : 0.8, points: rest.flatMap((row) => [...limitsOf(row), ...bracketsOf(row)]) });
  }
  named.forEach((row, i) => {
    if (row.line) {
      layers.push({ type: "line", color: color(i), points: [hottest, low].map((T) => [1000 / T, lnD(row.line, T)]) });
      if (coldest < low) layers.push({ type: "line", color: color(i), dash: "5 5", width: 1.6, points: [low, coldest].map((T) => [1000 / T, lnD(row.line, T)]) });
    }
    layers.push({ type: "points", color: color(i), shape: SHAPE_ORDER[i % 5], points: pointsOf(row) });
    layers.push({ type: "points", color: color(i), points: [...limitsOf(row), ...bracketsOf(row)] });
  });
  const legend = named.map((row, i) => ({ label: row.label, formula: row.formula, color: color(i), ...(row.points.length ? { shape: SHAPE_ORDER[i % 5], line: Boolean(row.line) } : row.brackets.length ? { bar: true } : { limit: true }) }));
  if (rest.length) legend.push({ label: `${rest.length} others`, color: "var(--c-rest)", shape: "circle" });
  chart(figure, {
    title: "Tracer diffusivity against temperature", name: data.campaign + "_arrhenius", height: 400, legend, layers,
    describe: `Arrhenius plot of ${rows.length} candidates: tracer diffusivity on a logarithmic axis against 1000 over temperature. The ranking table holds the values.`,
    caption: `Points with standard errors; arrows are upper bounds, bars without a point lie between two bounds. Lines are fits, dashed where extrapolated${rest.length ? "; the best-ranked candidates are coloured" : ""}. Bands and intervals are on each candidate's page.`,
    x: { label: "1000 / T (1/K)", domain: rangeOf([1000 / hottest, 1000 / coldest], false, 0.04) },
    y: { label: "D* (cm²/s)", log: true, domain: rangeOf([...all.map((p) => p[1]), ...rows.flatMap((r) => [...r.bounds.map((p) => p[1] / 2), ...r.brackets.map((p) => p[2])]), ...rows.flatMap((r) => r.points.map((p) => p[1] - (p[2] || 0))), ...at0], true) },
    top: temperatureTicks([...temperatures, data.T0]),
    csv: { columns: ["id", "candidate", "temperature_K", "tracer_diffusivity_cm2_s", "standard_error_cm2_s", "lower_bound_cm2_s", "upper_bound_cm2_s"],
      rows: rows.flatMap((r) => [...r.points.map(([T, D, e]) => [r.id, r.label, T, D, e, null, null]), ...r.bounds.map(([T, D]) => [r.id, r.label, T, null, null, null, D]), ...r.brackets.map(([T, lo, hi]) => [r.id, r.label, T, null, null, lo, hi])]) },
  });
}

const pointsOf = (row) => row.points.map(([T, D, e]) => ({ x: 1000 / T, y: D, lo: known(e) ? D - e : null, hi: known(e) ? D + e : null,
  id: row.id, tip: `${row.label}\n${T} K: D* = ${withError(D, e)} cm²/s` }));
const limitsOf = (row) => row.bounds.map(([T, D]) => ({ x: 1000 / T, y: D, limit: true, id: row.id, tip: `${row.label}\n${T} K: D* < ${num(D)} cm²/s` }));

// A bar between two bounds, without a point: nothing in between is likelier.
const bracketsOf = (row) => row.brackets.map(([T, lo, hi]) => ({ x: 1000 / T, y: Math.sqrt(lo * hi), lo, hi, bar: true, id: row.id, tip: `${row.label}\n${T} K: D* from ${num(lo)} to ${num(hi)} cm²/s` }));

// What a candidate costs, by either measure: heading of the axis, short name, column of the saved table.
const COSTS = {
  dH: ["mixing enthalpy ΔH (meV/atom)", "mixing enthalpy", "mixing_enthalpy_meV_atom"],
  hull: ["energy above the hull (meV/atom)", "hull distance", "hull_distance_meV_atom"],
};

function paretoOverview(by = "dH") {
  const figure = document.getElementById("fig-pareto"), [axis, cost, column] = COSTS[by];
  const resolved = data.rows.filter((row) => row.sigma && known(row[by])), bounded = data.rows.filter((row) => row.bound && known(row[by]));
  if (!resolved.length && !bounded.length) { emptyFigure(figure, "Stability and conductivity", "No candidate has both a mixing enthalpy and a conductivity or a bound."); return; }
  // Best first by enthalpy: each one that conducts better than all cheaper ones is on the front.
  const front = [];
  for (const row of [...resolved].sort((a, b) => a[by] - b[by] || b.sigma[0] - a.sigma[0])) {
    if (!front.length || row.sigma[0] > front[front.length - 1].sigma[0]) front.push(row);
  }
  const many = resolved.length > 40;
  const mark = (row) => ({ x: row[by], y: row.sigma[0], lo: many ? null : row.sigma[1], hi: many ? null : row.sigma[2], id: row.id,
    tip: `${row.label}\n${describeSigma(row)}\n${cost} ${fixed(row[by], 1)} meV/atom` });
  const pale = (rows) => ({ type: "points", color: "var(--c-rest)", opacity: 0.35, points: many ? [] : rows.filter((row) => row.said && row.said.wide).map((row) => ({ x: row[by], y: row.sigma[0], lo: row.said.wide[0], hi: row.said.wide[1], bar: true, quiet: true })) });
  const steps = front.flatMap((row, i) => (i ? [[row[by], front[i - 1].sigma[0]], [row[by], row.sigma[0]]] : [[row[by], row.sigma[0]]]));
  const dominated = resolved.filter((row) => !front.includes(row));
  const wide = resolved.some((row) => row.said && row.said.wide) && !many;
  const xs = rangeOf([...resolved, ...bounded].map((row) => row[by]), false, 0.12);
  const labelled = front.slice(-6).reverse();
  chart(figure, {
    title: "Stability against conductivity", name: data.campaign + "_pareto", height: Math.min(460, Math.max(330, mixingHeight())),
    describe: `Pareto view of ${resolved.length} resolved candidates and ${bounded.length} upper bounds: conductivity at ${data.T0} K against ${cost}. On the front: ${front.map((r) => r.label).slice(0, 12).join("; ") || "none"}.`,
    caption: "Up and to the left is better. The line joins the Pareto front: no candidate beats these in both. Arrows are upper bounds." + (wide ? " Pale bars hold the typical error of the potential too." : "") + (resolved.some(isFar) ? ` Hollow: ${data.T0} K is far from the runs.` : ""),
    legend: [...(front.length ? [{ label: "Pareto front", color: "var(--c0)", shape: "circle", line: true }] : []),
      ...(dominated.length ? [{ label: "other resolved", color: "var(--c-rest)", shape: "circle" }] : []),
      ...(bounded.length ? [{ label: "upper bound", color: "var(--c4)", limit: true }] : [])],
    x: { label: axis, domain: xs },
    y: { label: `σ at ${data.T0} K (mS/cm)`, log: true, domain: rangeOf([...resolved.flatMap((r) => (many ? [r.sigma[0]] : [...r.sigma, ...((r.said && r.said.wide) || [])])), ...bounded.flatMap((r) => [r.bound, r.bound / 2])], true, 0.1) },
    layers: [
      ...(by === "dH" && known(data.limit) && data.limit < xs[1] ? [{ type: "vline", x: data.limit, label: "shortlist limit" }] : []),
      pale(resolved),
      { type: "line", points: steps, color: "var(--c0)", width: 1.5, opacity: 0.6 },
      { type: "points", color: "var(--c4)", opacity: many ? 0.6 : 1, points: bounded.map((row) => ({ x: row[by], y: row.bound, limit: true, id: row.id, tip: `${row.label}\n${describeSigma(row)}\n${cost} ${fixed(row[by], 1)} meV/atom` })) },
      ...[false, true].flatMap((far) => [
        { type: "points", color: "var(--c-rest)", hollow: far, points: dominated.filter((row) => isFar(row) === far).map(mark), r: many ? 3 : 4.5 },
        { type: "points", color: "var(--c0)", hollow: far, points: front.filter((row) => isFar(row) === far).map(mark), r: 5 }]),
      ...labelled.map((row) => { const right = row[by] > (xs[0] + xs[1]) / 2; return { type: "text", x: row[by], y: row.sigma[0], label: shortLabel(row, 34), formula: row.formula.length, anchor: right ? "end" : "start", dx: right ? -8 : 8, unclipped: true }; }),
    ],
    csv: { columns: ["id", "candidate", column, "conductivity_estimate_mS_cm", "low_mS_cm", "high_mS_cm", "upper_bound_mS_cm", "on_front"],
      rows: [...resolved.map((r) => [r.id, r.label, r[by], ...r.sigma, null, front.includes(r)]), ...bounded.map((r) => [r.id, r.label, r[by], null, null, null, r.bound, false])] },
  });
  if (data.rows.some((row) => known(row.hull))) figure.append(el("div", { class: "seg", role: "group", "aria-label": "Measure of stability" },
    Object.entries(COSTS).map(([key, [, name]]) => el("button", { type: "button", "aria-pressed": String(key === by), on: { click() {
      paretoOverview(key);
      // The figure is drawn anew: the button that has the focus is another one now.
      figure.querySelector('[aria-pressed="true"]').focus();
    } } }, name))));
}

const KIND_MARK = { resolved: ["var(--c0)", "circle", false], upper_bound: ["var(--c4)", "down", false], not_simulated: ["var(--c-rest)", "circle", true] };
const kindMark = (kind) => KIND_MARK[kind] || ["var(--c3)", "diamond", true];

/** Tall enough for a line per name; the figure beside it follows. */
function mixingHeight() {
  const n = data.rows.filter((row) => known(row.dH)).length;
  return n <= LISTED ? Math.max(200, 90 + 26 * n) : 330;
}

function mixingOverview() {
  const figure = document.getElementById("fig-mixing");
  const rows = data.rows.filter((row) => known(row.dH)).sort((a, b) => a.dH - b.dH);
  if (!rows.length) { emptyFigure(figure, "Mixing enthalpy", "No candidate has a mixing enthalpy."); return; }
  const named = rows.length <= LISTED, top = rows.length;
  const groups = {};
  rows.forEach((row, i) => {
    const name = row.kind in KIND_MARK ? row.kind : "other";
    (groups[name] ||= []).push({ x: row.dH, y: top - i, left: known(row.dHe) ? row.dH - row.dHe : null, right: known(row.dHe) ? row.dH + row.dHe : null, id: row.id,
      tip: `${row.label}\nΔH ${fixed(row.dH, 1)}${known(row.dHe) ? ` ± ${fixed(row.dHe, 1)}` : ""} meV/atom${row.spread ? `, orderings up to ${fixed(row.dH + row.spread, 1)}` : ""}\n${data.kinds[row.kind] || row.kind}` });
  });
  chart(figure, {
    title: "Mixing enthalpy", name: data.campaign + "_mixing", height: mixingHeight(),
    describe: `Mixing enthalpies of ${top} candidates from ${fixed(rows[0].dH, 1)} to ${fixed(rows[top - 1].dH, 1)} meV per atom, lowest first.`,
    caption: "Lowest-energy ordering, with the standard error from several starts. No bar: the error is unknown, or the point is an end member. 0 K, without vibrations and entropy.",
    legend: Object.keys(groups).map((kind) => { const [c, shape, hollow] = kindMark(kind); return { label: data.kinds[kind] || "no result", color: c, shape, hollow }; }),
    x: { label: "mixing enthalpy ΔH (meV/atom)", domain: rangeOf([0, ...rows.flatMap((r) => [r.dH - (r.dHe || 0), r.dH + (r.dHe || 0)]), ...(known(data.limit) && data.limit < 2 * rows[top - 1].dH ? [data.limit] : [])], false, 0.07) },
    y: { label: named ? "" : "candidates, lowest first", formulas: named, left: named ? 200 : 62, domain: [0.4, top + 0.6],
      ticks: named ? rows.map((row, i) => [top - i, shortLabel(row, 28), row.formula.length]) : [[top, "1"], [1, String(top)]] },
    layers: [
      ...(known(data.limit) && data.limit < 2 * rows[top - 1].dH ? [{ type: "vline", x: data.limit, label: "shortlist limit" }] : []),
      ...Object.entries(groups).map(([kind, points]) => { const [c, shape, hollow] = kindMark(kind); return { type: "points", color: c, shape, hollow, points, r: named ? 4.8 : 2.6 }; }),
    ],
    csv: { columns: ["id", "candidate", "mixing_enthalpy_meV_atom", "mixing_enthalpy_error_meV_atom", "ordering_spread_meV_atom", "verdict"], rows: rows.map((r) => [r.id, r.label, r.dH, r.dHe, r.spread, r.kind]) },
  });
}

function emptyFigure(figure, title, why) {
  figure.classList.add("empty-card");
  figure.replaceChildren(el("div", { class: "fig-head" }, el("h3", {}, title)), el("p", { class: "note" }, why));
}

function setupOverview() {
  if (!document.getElementById("fig-arrhenius")) return;
  arrheniusOverview();
  paretoOverview();
  mixingOverview();
}
